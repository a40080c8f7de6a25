"""A document as plain text, as it is read and counted, with the places of its styles."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import inf
from typing import TypeAlias

from botcore.markup.spacing import gap_between, is_compact
from botcore.markup.table_layout import as_grid, has_grid
from botcore.markup.tree import (
    Block,
    Citation,
    Code,
    Document,
    Emphasis,
    Heading,
    Inline,
    InlineCode,
    LineBreak,
    Link,
    List,
    Mention,
    Paragraph,
    Quote,
    Rule,
    Spoiler,
    Strike,
    Strong,
    Table,
    Text,
)

# What a span may mark. A table is marked where its columns are drawn with characters of one width.
Style: TypeAlias = (
    Emphasis
    | Strong
    | Strike
    | Spoiler
    | InlineCode
    | Link
    | Mention
    | Citation
    | Heading
    | Quote
    | Code
    | Table
)

RULE = "─" * 12
_BULLETS = "•◦▪"  # by depth
_INDENT = "    "
_DEEPEST = 4  # lists within lists that are moved in; a phone is narrow


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the text that is shown in some style."""

    start: int  # in characters
    end: int
    style: Style


@dataclass(frozen=True, slots=True)
class LaidOut:
    """What a platform without blocks shows: a text and its styles."""

    text: str
    spans: tuple[Span, ...]  # none is empty; each lies within another or beside it, the outer ones first


class TooLong(Exception):
    """A document takes more than it may."""


def lay_out(document: Document, *, most: float = inf) -> LaidOut:
    """Return a document as a text with styles; raise `TooLong` when that has more characters than `most`.

    A list has its bullets and numbers in the text. A quote is marked by a span, and one within it by
    ``>``. A narrow table is drawn, a wide one told row by row.
    """
    page = _Page(most)
    page.blocks(document)
    return page.laid_out()


class _Page:
    """Writes from the top to the bottom."""

    def __init__(self, most: float) -> None:
        self._most = most
        self._written: list[str] = []
        self._length = 0
        self._spans: list[Span | None] = []  # in the order of their beginnings
        self._margin = ""  # what each line begins with
        self._fresh = True  # the line has nothing yet, its margin neither
        self._depth = 0  # of lists
        self._quoted = False

    def laid_out(self) -> LaidOut:
        spans = (span for span in self._spans if span and span.start < span.end)
        return LaidOut("".join(self._written), tuple(spans))

    def blocks(self, blocks: Document, gap: str = "\n\n") -> None:
        for place, block in enumerate(blocks):
            if place:
                self._break(gap_between(blocks[place - 1], block, gap))
            self._block(block)

    def _block(self, block: Block) -> None:
        match block:
            case Paragraph(children):
                self._inlines(children)
            case Heading(_, children):
                with self._span(block):
                    self._inlines(children)
            case List():
                self._list(block)
            case Quote():
                self._quote(block)
            case Code():
                self._code(block)
            case Table():
                self._table(block)
            case Rule():
                self._write(RULE)

    def _list(self, block: List) -> None:
        bullet = _BULLETS[min(self._depth, len(_BULLETS) - 1)]
        gap = "\n" if is_compact(block) else "\n\n"
        margin = self._margin
        self._depth += 1
        for place, item in enumerate(block.items):
            if place:
                self._break(gap)
            marker = bullet if block.start is None else f"{block.start + place}."
            beside = isinstance(next(iter(item.blocks), None), Paragraph | Heading | Rule)
            self._write(f"{marker} " if beside else marker)
            self._margin = margin + (_INDENT if self._depth <= _DEEPEST else "")
            if item.blocks and not beside:
                self._break("\n")
            self.blocks(item.blocks, "\n")
            self._margin = margin
        self._depth -= 1

    def _quote(self, block: Quote) -> None:
        margin = self._margin
        if self._quoted:
            self._margin = f"{margin}> "
            self.blocks(block.blocks)
        else:
            self._quoted, self._margin = True, ""
            with self._span(block):
                self.blocks(block.blocks)
            self._quoted = False
        self._margin = margin

    def _code(self, block: Code) -> None:
        if block.title:
            self._write(block.title)
            self._break("\n")
        with self._box(block):
            self._write(block.text)

    def _table(self, block: Table) -> None:
        if has_grid(block):
            with self._box(block):
                self._write(as_grid(block))
        else:
            self._rows(block)

    def _rows(self, block: Table) -> None:
        """Tell a table row by row, as there is no room for its columns."""
        for place, row in enumerate(block.rows):
            if place:
                self._break("\n\n")
            for column, (header, cell) in enumerate(zip(block.header, row, strict=True)):
                told = (*header, Text(": "), *cell) if header and cell else (*header, *cell)
                if column and told:
                    self._break("\n")
                    self._inlines((Text("• "), *told))
                elif told:
                    self._inlines((Strong(told),))

    def _inlines(self, inlines: tuple[Inline, ...]) -> None:
        for one in inlines:
            match one:
                case Text(text):
                    self._write(text)
                case LineBreak():
                    self._break("\n")
                case InlineCode(text):
                    self._marked(one, text)
                case Mention(name):
                    self._marked(one, f"@{name}")
                case Citation(number):
                    self._marked(one, f"[{number}]")
                case Emphasis() | Strong() | Strike() | Spoiler() | Link():
                    with self._span(one):
                        self._inlines(one.children)

    def _marked(self, style: Style, text: str) -> None:
        with self._span(style):
            self._write(text)

    @contextmanager
    def _box(self, style: Style) -> Iterator[None]:
        """Begin each line at the very left: in a box of one width the margin would be part of the text."""
        margin, self._margin = self._margin, ""
        with self._span(style):
            yield
        self._margin = margin

    @contextmanager
    def _span(self, style: Style) -> Iterator[None]:
        self._write("")
        place, start = len(self._spans), self._length
        self._spans.append(None)
        yield
        self._spans[place] = Span(start, self._length, style)

    def _write(self, text: str) -> None:
        if self._fresh:
            self._fresh = False
            self._put(self._margin)
        self._put(text)

    def _break(self, breaks: str) -> None:
        self._put(breaks)
        self._fresh = True

    def _put(self, text: str) -> None:
        self._written.append(text)
        self._length += len(text)
        if self._length > self._most:
            raise TooLong
