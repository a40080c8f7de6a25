"""Picks out messages by rule, for when the model's summary can't be used."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from botcore.transcript import message_line, one_line
from botcore_summarize.summary import Bullet, Draft, Section
from botcore_summarize.talk import Line
from botcore_summarize.words import content

QUOTED = 3  # messages that stand for a part,
QUOTED_OF_ALL = 12  # and for a chat of many parts
LONGEST_QUOTE = 160  # characters
LINK = re.compile(r"\w+://\S+")


def outline(lines: Sequence[Line], reason: str, quoted: int = QUOTED) -> Draft:
    """Return a message from each stretch of the chat: the one that shares most words with all others.

    The chat's first message, if it is among these, stands before them: it mostly says what it is about.
    """
    meant = [content(LINK.sub("", line.message.text)) for line in lines]
    frequency = Counter(word for words in meant for word in words)

    def weight(index: int) -> float:
        shared = sum(frequency[word] - 1 for word in meant[index])
        return shared / math.sqrt(len(meant[index]) + 1)

    first = int(lines[0].number == 1)
    count = min(quoted, len(lines) - first)
    edges = [first + (len(lines) - first) * stretch // count for stretch in range(count)] + [len(lines)]
    chosen = [*range(first), *(max(range(*stretch), key=weight) for stretch in pairwise(edges))]
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
