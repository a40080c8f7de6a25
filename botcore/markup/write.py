"""A tree as Markdown again, which parses back to the same tree."""

from __future__ import annotations

import re
from collections.abc import Iterator

from botcore.markup.tree import Block, Code, Document, Heading, List, Paragraph, Quote, Rule, Table
from botcore.markup.write_inline import write_inline

_ALIGN = {"": "---", "left": ":--", "center": ":-:", "right": "--:"}
_BULLETS = "-+*"
_LAST_NUMBER = 999_999_999  # Markdown knows none above


def write(document: Document) -> str:
    """Return Markdown that says this, plainly: code in fences, a blank line between blocks."""
    return "\n".join(_lines(document, outer_bullet=""))


def _lines(blocks: Document, outer_bullet: str) -> Iterator[str]:
    """Write blocks below each other. Lists that follow one another have markers of their own."""
    marker = ""
    for place, block in enumerate(blocks):
        if place:
            yield ""
        marker = _marker(block, {marker, outer_bullet}) if isinstance(block, List) else ""
        yield from _block(block, marker)


def _marker(block: List, taken: set[str]) -> str:
    return next(sign for sign in (_BULLETS if block.start is None else ".)") if sign not in taken)


def _block(block: Block, marker: str) -> Iterator[str]:
    match block:
        case Paragraph(children):
            yield from write_inline(children).split("\n")
        case Heading(level, children):
            yield f"{'#' * level} {write_inline(children)}"
        case List():
            yield from _list(block, marker)
        case Quote(blocks):
            for line in _lines(blocks, ""):
                yield f"> {line}" if line else ">"
        case Code():
            yield from _code(block)
        case Table():
            yield from _table(block)
        case Rule():
            yield "___"


def _list(block: List, marker: str) -> Iterator[str]:
    for place, item in enumerate(block.items):
        if place:
            yield ""
        sign = marker if block.start is None else f"{min(block.start + place, _LAST_NUMBER)}{marker}"
        lines = _lines(item.blocks, marker if block.start is None else "")
        yield f"{sign} {next(lines, '')}".rstrip() if not item.blocks else f"{sign} {next(lines)}"
        margin = " " * (len(sign) + 1)
        for line in lines:
            yield margin + line if line else ""


def _code(block: Code) -> Iterator[str]:
    about = f"{block.language} {block.title}".strip()
    sign = "~" if "`" in about else "`"
    longest = max((len(run) for run in re.findall(f"{sign}+", block.text)), default=0)
    fence = sign * max(3, longest + 1)
    yield fence + about
    if block.text:
        yield from block.text.split("\n")
    yield fence


def _table(block: Table) -> Iterator[str]:
    for place, row in enumerate((block.header, *block.rows)):
        yield f"| {' | '.join(write_inline(cell, in_cell=True) for cell in row)} |"
        if place == 0:
            yield f"| {' | '.join(_ALIGN[side] for side in block.align)} |"
