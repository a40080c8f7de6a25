"""Picks out messages by rule, for when the model's summary can't be used."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from botcore_summarize.summary import Bullet, Draft, Section
from botcore_summarize.talk import Line
from botcore_summarize.transcript import message_line, one_line
from botcore_summarize.words import content

QUOTED = 3  # messages that stand for a part
LONGEST_QUOTE = 160  # characters


def outline(lines: Sequence[Line], reason: str) -> Draft:
    """Return the first message and those that share most with the others, word for word."""
    meant = [content(line.message.text) for line in lines]
    frequency = Counter(word for words in meant for word in words)

    def weight(index: int) -> float:
        shared = sum(frequency[word] - 1 for word in meant[index])
        return shared / math.sqrt(len(meant[index]) + 1)

    by_weight = sorted(range(1, len(lines)), key=lambda index: (-weight(index), index))
    chosen = sorted([0, *by_weight[: QUOTED - 1]])
    bullets = tuple(Bullet(quote(lines[index]), (lines[index],)) for index in chosen)
    return Draft({Section.TLDR: bullets}, outlined=(reason,))


def quote(line: Line) -> str:
    """Return a message on one line, shortened."""
    return shorten(one_line(message_line(line.message)), LONGEST_QUOTE)


def shorten(text: str, length: int) -> str:
    """Cut a text between two words."""
    if len(text) <= length:
        return text
    head = text[: length - 1]
    return (head.rsplit(" ", 1)[0] or head) + "…"
