"""Reads what the model wrote: five headings, bullets under them, each with the numbers it rests on.

Lenient in form, as models write headings and lists in many ways; strict in meaning.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from botcore_summarize.citations import take_citations
from botcore_summarize.summary import Section

HEADINGS = {
    "tldr": Section.TLDR,
    "tl dr": Section.TLDR,
    "decision": Section.DECISIONS,
    "decisions": Section.DECISIONS,
    "action item": Section.ACTIONS,
    "action items": Section.ACTIONS,
    "actions": Section.ACTIONS,
    "open question": Section.QUESTIONS,
    "open questions": Section.QUESTIONS,
    "disagreement": Section.DISAGREEMENTS,
    "disagreements": Section.DISAGREEMENTS,
}
MARKED_LINE = re.compile(r"(?:[-•–—]\s*|\*\s+|[0-9]{1,2}[.)]\s+)(?:\[[ x]\]\s)?(?P<text>.*)")
HEADED_LINE = re.compile(r"(?P<heading>[^:]{4,24}):(?P<text>.*)")
NOTHING = re.compile(r"(?i)\W*(?:none|nothing|no|n/a)\b")
LONGEST_BULLET = 400  # characters; "one short sentence" was asked for


@dataclass(frozen=True, slots=True)
class Point:
    """A bullet as the model wrote it, its citations taken off."""

    text: str
    numbers: tuple[int, ...]  # at least one, ascending, all of them exist


@dataclass(frozen=True, slots=True)
class Answer:
    """What of the model's text can be used."""

    points: Mapping[Section, tuple[Point, ...]]
    outside: int  # citations of numbers that don't exist
    uncited: int  # bullets without a citation that exists
    problem: str  # why the contract is broken, as the model is told; empty when it is kept


def read_answer(text: str, last: int) -> Answer:
    """Return what the model wrote about the numbers from 1 to `last`. Any text can be read."""
    bullets_of = _sort_lines(text)
    points: dict[Section, tuple[Point, ...]] = {}
    outside: list[int] = []
    uncited = 0
    for section, bullets in bullets_of.items():
        kept: dict[Point, None] = {}  # in order, and each only once
        for bullet in bullets:
            sentence, numbers = take_citations(bullet)
            if _says_nothing(sentence, numbers):
                continue
            outside += [number for number in numbers if not 1 <= number <= last]
            valid = tuple(sorted({number for number in numbers if 1 <= number <= last}))
            uncited += not valid
            if valid:
                kept[Point(_tidy(sentence), valid)] = None
        points[section] = tuple(kept)
    return Answer(points, len(outside), uncited, _problem(points, outside, uncited))


def _problem(points: Mapping[Section, tuple[Point, ...]], outside: list[int], uncited: int) -> str:
    missing = [section for section in Section if section not in points]
    if len(missing) == len(Section):
        return "the five headings are missing"
    if missing:
        return f'the heading "{missing[0]}" is missing'
    if points[Section.TLDR]:
        return ""
    if outside:
        return f"there is no [{outside[0]}]"
    return "a bullet names no number" if uncited else f'there is nothing under "{Section.TLDR}"'


@dataclass(slots=True)
class _Reader:
    """Sorts lines under their headings."""

    bullets: dict[Section, list[str]] = field(default_factory=dict)
    section: Section | None = None

    def read(self, line: str) -> None:
        if (heading := _heading(line)) is not None:
            self.section, rest = heading
            self.bullets.setdefault(self.section, [])
            if rest:
                self.bullets[self.section].append(rest)
        elif self.section and line and not line.startswith("```"):
            self._add(self.bullets[self.section], line)

    def _add(self, bullets: list[str], line: str) -> None:
        if marked := MARKED_LINE.fullmatch(line):
            bullets.append(marked["text"].strip())
        elif bullets and not take_citations(bullets[-1])[1]:
            bullets[-1] += f" {line}"  # the bullet above goes on
        else:
            bullets.append(line)


def _sort_lines(text: str) -> dict[Section, list[str]]:
    reader = _Reader()
    for line in text.splitlines():
        reader.read(" ".join(line.split()))
    return reader.bullets


def _heading(line: str) -> tuple[Section, str] | None:
    """Return the section that a line opens, and what else stands on it."""
    if MARKED_LINE.fullmatch(line) and not line[0].isdigit():
        return None
    if section := HEADINGS.get(_plain(line)):
        return section, ""
    headed = HEADED_LINE.fullmatch(line)
    section = HEADINGS.get(_plain(headed["heading"])) if headed else None
    if headed and section:
        return section, re.sub(r"^[*_\s]+", "", headed["text"])
    return None


def _plain(heading: str) -> str:
    return re.sub(r"[^a-z ]", "", heading.casefold()).strip() if len(heading) <= 40 else ""


def _says_nothing(sentence: str, numbers: list[int]) -> bool:
    """Tell whether it is a "none" in some form, which needs no citation."""
    if not re.search(r"\w", sentence):
        return True
    nothing = NOTHING.match(sentence)
    return bool(nothing) and (not numbers or _plain(sentence) in {"none", "nothing", "na"})


def _tidy(sentence: str) -> str:
    """Return one sentence of Markdown that stays one: no heading or quotation begins within a list."""
    sentence = re.sub(r"^(?:[#>]+\s+)+", "", sentence)
    return sentence if len(sentence) <= LONGEST_BULLET else sentence[: LONGEST_BULLET - 1].rstrip() + "…"
