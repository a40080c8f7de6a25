"""What the demonstration model knows about the product: questions in many words, answers in a few."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from training.talk.vocabulary import read


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing to know, the ways to ask for it, and the answers to choose from."""

    questions: tuple[str, ...]
    answers: tuple[str, ...]
    ways: tuple[str, ...] = ()  # what somebody wants to do: `stop an answer`
    requests: tuple[str, ...] = ()  # what the assistant is asked to do: `send a mail`
    nouns: tuple[str, ...] = ()  # what somebody asks about: `the size of the context`


def _facts(rows: list[dict[str, Any]]) -> tuple[Fact, ...]:
    return tuple(Fact(**{key: tuple(items) for key, items in row.items()}) for row in rows)


_DATA = read("facts.toml")
FACTS = _facts(_DATA["facts"])
SMALL_TALK = _facts(_DATA["small_talk"])
WAY_FRAMES: tuple[str, ...] = tuple(_DATA["way_frames"])
REQUEST_FRAMES: tuple[str, ...] = tuple(_DATA["request_frames"])
NOUN_FRAMES: tuple[str, ...] = tuple(_DATA["noun_frames"])
FRONTS: tuple[str, ...] = tuple(_DATA["fronts"])
COMMANDS_QUESTIONS: tuple[str, ...] = tuple(_DATA["commands_questions"])
COMMANDS: tuple[str, ...] = tuple(_DATA["commands"])
UNKNOWN: tuple[str, ...] = tuple(_DATA["unknown"])  # with {place}, {thing}, {person}, {year}, {number}
UNKNOWN_ANSWERS: tuple[str, ...] = tuple(_DATA["unknown_answers"])
PLACES: tuple[str, ...] = tuple(_DATA["places"])
THINGS: tuple[str, ...] = tuple(_DATA["things"])
CITIES: tuple[str, ...] = tuple(_DATA["cities"])
COLOURS: tuple[str, ...] = tuple(_DATA["colours"])
