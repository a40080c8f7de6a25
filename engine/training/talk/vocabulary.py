"""The words and templates that conversations are composed from: two disjoint sets of lists."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.talk.prose import paragraphs

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """One set of lists. `{}` fields are filled by the generator."""

    names: tuple[str, ...]
    verbs: tuple[str, ...]
    adjectives: tuple[str, ...]
    objects: tuple[str, ...]
    errands: tuple[str, ...]  # tasks that name somebody; with {who} and {object}
    details: tuple[str, ...]  # begin with a blank, or are empty
    dates: tuple[str, ...]  # what stands in the brackets of an action item
    topics: tuple[str, ...]
    clauses: tuple[str, ...]  # what can be decided, with {object}, {other}, {date}
    questions: tuple[str, ...]  # with {object}, {name}, {date}
    replies: tuple[str, ...]  # what answers a question; with {object}
    options: tuple[str, ...]  # what somebody wants; with {object}, {other}
    reasons: tuple[str, ...]
    openers: tuple[str, ...]  # with {topic}
    promises: tuple[str, ...]  # with {task} and {by}
    requests: tuple[str, ...]  # with {name}, {task} and {by}
    minutes: tuple[str, ...]  # a task written down by a third person; with {name}, {task} and {by}
    fronts: tuple[str, ...]  # may stand before a promise or a request
    tails: tuple[str, ...]  # may stand behind one
    unowned: tuple[str, ...]  # with {task} and {by}
    accepts: tuple[str, ...]
    refusals: tuple[str, ...]
    takeovers: tuple[str, ...]
    decisions: tuple[str, ...]  # with {clause}
    agreements: tuple[str, ...]
    shrugs: tuple[str, ...]  # leave a question open
    wishes: tuple[str, ...]  # with {option}
    objections: tuple[str, ...]  # with {reason}
    chatter: tuple[str, ...]
    problems: tuple[str, ...]  # technical questions; with {thing} and {error}
    advice: tuple[str, ...]  # technical answers; with {thing}
    thanks: tuple[str, ...]
    things: tuple[str, ...]  # technical names
    prose: tuple[str, ...]  # paragraphs and code of a real text
    start: tuple[str, ...]  # syllables of made-up words
    middle: tuple[str, ...]
    end: tuple[str, ...]
    letters: tuple[str, ...]  # made-up words may also be any letters, if there are some


def read(name: str) -> dict[str, Any]:
    """Read one of the TOML files of this folder."""
    return tomllib.loads((FOLDER / name).read_text(encoding="utf-8"))


def load(names: tuple[str, ...], prose: tuple[str, ...]) -> Vocabulary:
    lists = {key: tuple(items) for name in names for key, items in read(name).items()}
    return Vocabulary(prose=prose, **lists)


TRAIN = load(("words_train.toml", "sentences_train.toml"), paragraphs(held_out=False))
HELD_OUT = load(("words_heldout.toml",), paragraphs(held_out=True))  # only for the bench and the tests

# Common English words, for chatter that means nothing: the form of a summary must hold on any text.
COMMON = tuple((FOLDER / "common.txt").read_text(encoding="utf-8").split())
