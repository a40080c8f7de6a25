"""A long text as several that each fit into one message."""

from __future__ import annotations

from collections.abc import Iterator

from botcore.markup.cutting import Cutter
from botcore.markup.layout import lay_out
from botcore.markup.limits import TextLimits
from botcore.markup.parse import parse
from botcore.markup.tree import Document
from botcore.markup.write import write

_LONGEST_MARKS = 8  # times as long a text may be, laid out, as in Markdown without tables


def split(text: str, limits: TextLimits | None, *, growing: bool = False) -> list[str]:
    """Return a Markdown text as parts that each fit into one message, Markdown too.

    Nothing is lost but blanks where it was cut; the header of a table that was cut is repeated. A text
    that fits is left as it is. Where a text was cut, it is cut in the same place when it has grown.
    A code block that is longer than a message is a part of its own where the limits allow files.
    `growing`: more follows; where it is cut, what is open at its end is closed.
    """
    if limits is None or _is_short(text, limits):
        return [text]
    document = parse(text)
    if limits.fits(document):
        return [text]
    document = parse(text, growing=True) if growing else document
    # What is blank could not be sent. It may be there: a line of spaces that don't break.
    return [write(part) for part in split_tree(document, limits) if lay_out(part).text.strip()] or [text]


def split_tree(document: Document, limits: TextLimits) -> Iterator[Document]:
    """Yield the parts of a document that each fit into one message."""
    cutter = Cutter(limits)
    rest = document
    while rest:
        part, rest = cutter.fill(rest)
        if part:
            yield part


def _is_short(text: str, limits: TextLimits) -> bool:
    """Tell, without parsing it, that a text fits."""
    return "|" not in text and limits.unit.length_of(text) * _LONGEST_MARKS <= limits.max_chars
