"""What a question makes the scripted engine answer: known beforehand to the test and to the bot's process."""

from __future__ import annotations

import re

_SCRIPT = re.compile(r"(?P<tag>\S+) words=(?P<words>\d+) pace=(?P<pace>[\d.]+)")


def question(tag: str, *, words: int = 20, pace: float = 0.02) -> str:
    """Return a question that is answered by so many words, `pace` seconds apart."""
    return f"{tag} words={words} pace={pace}"


def whole_answer(asked: str) -> str:
    """Return the answer to a question; anything else is repeated."""
    script = _SCRIPT.fullmatch(asked)
    if script is None:
        return f"re: {asked}"
    return " ".join(f"{script['tag']}.{number}" for number in range(int(script["words"])))


def seconds_for_a_word(asked: str) -> float:
    script = _SCRIPT.fullmatch(asked)
    return float(script["pace"]) if script else 0.0


def is_question(text: str) -> bool:
    """Whether a text was made by `question`."""
    return _SCRIPT.fullmatch(text) is not None


def tag_of(asked: str) -> str:
    """Return what the answer to a question begins with, before a point."""
    return asked.split(" ")[0]
