"""What is to be summarized."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Self

from botcore import Message

NO_TEXT = "without text"  # a reason for leaving a message out


@dataclass(frozen=True, slots=True)
class Line:
    """A message with its place."""

    number: int  # from 1, counted from the beginning of the chat or file; what readers see as [12]
    message: Message


@dataclass(frozen=True, slots=True)
class Talk:
    """Messages in the order of time, and what was left out of them."""

    name: str
    lines: tuple[Line, ...]
    left_out: Mapping[str, int] = field(default_factory=dict)  # how many, by reason: "by bots", ...
    earlier: int | None = 0  # messages before these, which were not asked for; None: some, not counted
    is_whole: bool = True  # False: more was said among these that could not be read, nobody knows how much

    def last(self, count: int) -> Self:
        """Return the last `count` messages. What was left out is left out before they are counted."""
        kept = self.lines[-count:]
        earlier = None if self.earlier is None else self.earlier + len(self.lines) - len(kept)
        return replace(self, lines=kept, earlier=earlier)
