"""What is told of an answer while it is made."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """The request waits; this many are before it, itself counted."""

    number: int


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class Tag:
    """What follows is no text for people: the model marked it as code, or as a call of a tool."""


@dataclass(frozen=True, slots=True)
class End:
    """The answer is whole."""

    reason: str  # stop, or length when it was cut
    tokens: int
    awaits_result: bool = False  # it ended with eom: the model wants a tool's result before it goes on


Event = Place | Text | Tag | End
