"""Real English with code in it, for talk that no template foresees: the manual that comes with Python.

Source: `pydoc_data.topics`, the language reference as plain text, in every installation of Python.
"""

from __future__ import annotations

import re
import textwrap
from pydoc_data.topics import topics  # type: ignore[import-untyped, unused-ignore]

MOST_WORDS = 60
HELD_OUT_EVERY = 6  # of the topics, one in so many is kept for the bench
FOOTNOTE = re.compile(r" ?\[[0-9]+\]")  # would look like the number of a message
QUOTED = re.compile(r'"([^"\s][^"\n]{0,30})"')


def readable(paragraph: str) -> str:
    """A paragraph as somebody would paste it: code in a fence, the rest on one line."""
    paragraph = FOOTNOTE.sub("", paragraph)
    if paragraph.startswith("   ") and not paragraph.endswith((".", ":", ")")):
        return f"```\n{textwrap.dedent(paragraph).rstrip()}\n```"
    return QUOTED.sub(r"`\1`", " ".join(paragraph.split()))


def paragraphs(held_out: bool) -> tuple[str, ...]:
    """All of one side, the same text never on both; headings, rules and long passages left out."""
    sides: tuple[dict[str, None], dict[str, None]] = ({}, {})
    for number, name in enumerate(sorted(topics)):
        for block in topics[name].split("\n\n"):
            text = readable(block.strip("\n"))
            if 4 <= len(text.split()) <= MOST_WORDS and "***" not in text and "---" not in text:
                sides[number % HELD_OUT_EVERY == 0][text] = None
    mine, other = sides[held_out], sides[not held_out]
    return tuple(text for text in mine if held_out or text not in other)
