"""What a summary consists of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Self

from botcore_summarize.talk import Line, Talk


class Section(StrEnum):
    """The headings, in their order."""

    TLDR = "TL;DR"
    DECISIONS = "Decisions"
    ACTIONS = "Action items"
    QUESTIONS = "Open questions"
    DISAGREEMENTS = "Disagreements"


@dataclass(frozen=True, slots=True)
class Bullet:
    """One sentence and the messages it rests on."""

    text: str  # of an action item: the task alone
    lines: tuple[Line, ...]  # at least one, in the order of time
    owner: str = ""
    date: str = ""

    @property
    def sentence(self) -> str:
        owner = f"{self.owner}: " if self.owner else ""
        date = f" ({self.date})" if self.date else ""
        return f"{owner}{self.text}{date}"


@dataclass(frozen=True, slots=True)
class Dropped:
    """How much of what the model wrote did not stand up to the check."""

    outside: int = 0  # citations of a number that no message has
    uncited: int = 0  # bullets without any valid citation
    unsupported: int = 0  # bullets that the messages they cite don't speak of
    owners: int = 0  # owners that no cited message is from or names
    dates: int = 0  # dates that no cited message names
    for_length: int = 0  # bullets that were too many

    def __add__(self, other: Self) -> Self:
        return type(self)(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


@dataclass(frozen=True, slots=True)
class Draft:
    """The checked summary of a part, or of several parts together."""

    sections: Mapping[Section, tuple[Bullet, ...]]
    dropped: Dropped = Dropped()
    parts: int = 1
    cut: int = 0  # messages that were too long to be read whole
    outlined: tuple[str, ...] = ()  # for each part that is only an outline, why
    merged: int = 0  # times that parts were put together by rule, as the model's text could not be used

    def bullets(self) -> list[tuple[Section, Bullet]]:
        return [(section, bullet) for section in Section for bullet in self.sections.get(section, ())]

    @property
    def is_outline(self) -> bool:
        return len(self.outlined) == self.parts


@dataclass(frozen=True, slots=True)
class Summary:
    """A finished summary."""

    talk: Talk
    draft: Draft
    model: str

    @property
    def cited(self) -> list[Line]:
        """Every message that a bullet rests on, once, in order."""
        lines = {line.number: line for _, bullet in self.draft.bullets() for line in bullet.lines}
        return [lines[number] for number in sorted(lines)]
