"""What is to be summarized."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Self

from botcore import Message


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
    earlier: int = 0  # messages before these, which were not asked for

    def last(self, count: int) -> Self:
        """Return the last `count` messages. What was left out is left out before they are counted."""
        kept = self.lines[-count:]
        return replace(self, lines=kept, earlier=self.earlier + len(self.lines) - len(kept))
