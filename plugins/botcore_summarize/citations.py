"""Finds citations in a sentence, as `[3] [7]`, `[3][7]`, `[3, 7]` or `[3-5]`."""

from __future__ import annotations

import re

GROUP = r"\[\s*[0-9]+(?:\s*[,;–-]\s*[0-9]+)*\s*\]"
AT_THE_END = re.compile(rf"(?:[\s,;]*{GROUP})+[\s.]*$")
# Within a sentence `a[3]` is code, and so is what stands between backticks.
CODE_OR_GROUPS = re.compile(rf"`[^`]*`|\s*(?<![\w\])`]){GROUP}(?:\s*{GROUP})*")
EMPTY_BRACKETS = re.compile(r"\s*\([\s,;]*\)")
RANGE = re.compile(r"([0-9]+)\s*[–-]\s*([0-9]+)|([0-9]+)")
LONGEST_NUMBER = 9  # digits; what is longer is no number of a message
LONGEST_RANGE = 50


def take_citations(sentence: str) -> tuple[str, list[int]]:
    """Return the sentence without its citations, and the numbers they name."""
    end = AT_THE_END.search(sentence)
    marks = [end.group()] if end else []
    text = sentence[: end.start()] if end else sentence

    def take(match: re.Match[str]) -> str:
        if match.group().startswith("`"):
            return match.group()
        marks.append(match.group())
        return ""

    text = EMPTY_BRACKETS.sub("", CODE_OR_GROUPS.sub(take, text)).strip()
    if end and end.group().rstrip().endswith(".") and text and text[-1] not in ".!?…":
        text += "."
    return text, [number for mark in marks for number in _numbers(mark)]


def _numbers(mark: str) -> list[int]:
    numbers: list[int] = []
    for first, last, alone in RANGE.findall(mark):
        low, high = _number(first or alone), _number(last or alone)
        numbers += range(low, high + 1) if low <= high <= low + LONGEST_RANGE else [low, high]
    return numbers


def _number(digits: str) -> int:
    return int(digits) if len(digits) <= LONGEST_NUMBER else 0
