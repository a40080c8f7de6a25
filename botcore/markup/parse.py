"""Markdown into the tree, once; nothing that was written is left out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

from botcore.markup.growing import close_open, note_what_is_open
from botcore.markup.inline import printable, read_inline
from botcore.markup.spoiler import allow_spoilers
from botcore.markup.tree import (
    Align,
    Block,
    Cell,
    Code,
    Document,
    Heading,
    Inline,
    Item,
    LineBreak,
    List,
    Paragraph,
    Quote,
    Rule,
    Table,
    Text,
)

DEEPEST = 24  # levels; what is nested further is shown as it was written
_ALIGN: dict[object, Align] = {
    "text-align:left": "left",
    "text-align:center": "center",
    "text-align:right": "right",
}


@lru_cache(maxsize=64)  # an answer is split, and then each of its messages is rendered
def parse(text: str, *, growing: bool = False) -> Document:
    """Return what a Markdown text says.

    CommonMark with tables, ``~~strike~~`` and ``||spoilers||``. HTML, images and links to anything but
    http, https and mail are text. `growing`: more follows, so what is open at the end is closed.
    """
    text = printable(text)
    found = {"open": ""} if growing else {}
    tokens = parser().parse(text, found)
    if growing and (ended := close_open(text, tokens, found["open"], parser())) != text:
        text, tokens = ended, parser().parse(ended)
    return tuple(_blocks(tokens, text))


def closed(text: str) -> str:
    """Return a Markdown text that is still being written, with what is open at its end closed."""
    found = {"open": ""}
    tokens = parser().parse(text, found)
    return close_open(text, tokens, found["open"], parser())


@cache
def parser() -> MarkdownIt:
    """Return the parser of the Markdown that botcore speaks."""
    made = MarkdownIt("commonmark", {"html": False, "maxNesting": DEEPEST})
    made.enable(["strikethrough", "table"])
    # An image has no place in a text. Definitions of links would be swallowed: [1]: https://… is a source.
    made.disable(["image", "reference"])
    made.validateLink = _is_web_address  # type: ignore[method-assign]
    allow_spoilers(made)
    note_what_is_open(made)
    return made


def _is_web_address(url: str) -> bool:
    return bool(re.match(r"https?://[^/?#]|mailto:[^?#]*@", url, re.IGNORECASE))


def _blocks(tokens: Sequence[Token], source: str) -> Iterator[Block]:
    for block in _outermost(tokens):
        # The parser skips what is nested too deep.
        if any(token.nesting == 1 and token.level + 1 >= DEEPEST for token in block):
            yield _as_written(block, source)
        else:
            yield from _read(block)


def _outermost(tokens: Sequence[Token]) -> Iterator[list[Token]]:
    """Cut tokens into those of each block of their outermost level."""
    block: list[Token] = []
    level = tokens[0].level if tokens else 0
    for token in tokens:
        block.append(token)
        if token.level == level and token.nesting <= 0:
            yield block
            block = []


def _as_written(block: list[Token], source: str) -> Block:
    first, end = block[0].map or (0, None)
    lines = [line.strip() for line in source.split("\n")[first:end]]
    shown: list[Inline] = []
    for line in filter(None, lines):
        shown += [LineBreak(), Text(line)] if shown else [Text(line)]
    return Paragraph(tuple(shown))


def _read(block: list[Token]) -> Iterator[Block]:
    """Return what a block says, unless that is nothing."""
    first, inner = block[0], block[1:-1]
    match first.type:
        case "paragraph_open":
            if children := read_inline(inner[0]):
                yield Paragraph(children)
        case "heading_open":
            if children := read_inline(inner[0], one_line=True):
                yield Heading(int(first.tag[1:]), children)
        case "blockquote_open":
            if blocks := _inside(inner):
                yield Quote(blocks)
        case "bullet_list_open" | "ordered_list_open":
            yield List(tuple(Item(_inside(item[1:-1])) for item in _outermost(inner)), _first_number(first))
        case "table_open":
            yield _table(inner)
        case "hr":
            yield Rule()
        case _:
            yield _code(first)


def _inside(tokens: Sequence[Token]) -> tuple[Block, ...]:
    return tuple(found for block in _outermost(tokens) for found in _read(block))


def _first_number(token: Token) -> int | None:
    start = token.attrGet("start")  # not told when it is 1
    return None if token.type == "bullet_list_open" else 1 if start is None else int(start)


def _code(token: Token) -> Code:
    language, _, title = token.info.strip().partition(" ")
    return Code(token.content.removesuffix("\n"), language, title.strip())


def _table(tokens: Sequence[Token]) -> Table:
    rows: list[list[Cell]] = []
    align: list[Align] = []
    for token in tokens:
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "th_open":
            align.append(_ALIGN.get(token.attrGet("style"), ""))
        elif token.type == "inline":
            rows[-1].append(read_inline(token, one_line=True))
    return Table(tuple(rows[0]), tuple(map(tuple, rows[1:])), tuple(align))
