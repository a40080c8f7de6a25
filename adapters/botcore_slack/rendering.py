"""Markdown as Slack shows it: rich text blocks, and a plain text for notifications.

In rich text nothing is ever read as markup: what is not made a link or a style here is shown as it stands, so
no text can mention anybody. `mrkdwn` and Slack's own Markdown would have to be escaped, and each in its way.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from botcore.markup import (
    Block,
    Code,
    Document,
    Heading,
    LaidOut,
    List,
    Paragraph,
    Quote,
    Span,
    Table,
    lay_out,
)
from botcore_slack.runs import ALL, BARE, FEW, Kept, runs

Json = dict[str, Any]

LONGEST = 3000  # UTF-16 units of a message, as laid out: what a plain section holds, should it come to that
LONGEST_TEXT = 4000  # characters of the text for notifications; `chat.update` refuses more
MOST_BYTES = 12_000  # of all blocks of a message; from about 13,200 characters on Slack refuses them
DEEPEST = 8  # levels that a list of Slack's is moved in
BLANK = "…"  # stands for a text without a visible character, which Slack refuses
INVISIBLE = {"Cc", "Cf", "Zl", "Zp", "Zs"}
SEEMING_LETTERS = "\u2800\u3164"  # Braille's blank and Hangul's filler
_BOXES = (Code, Table, Quote)  # what stands beside the sections, and not in one


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a message is sent as."""

    text: str  # for notifications and for those who read no blocks
    blocks: tuple[Json, ...]


def render(document: Document, page: LaidOut | None = None) -> Rendered:
    """Return a document as Slack takes it. `page`: the same laid out, if that is known."""
    page = page or lay_out(document)
    if is_blank(page.text):
        return plainly(BLANK)
    for kept in (ALL, FEW, BARE):
        block = {"type": "rich_text", "elements": list(_elements(document, page, kept))}
        if _size(block) <= MOST_BYTES:
            return Rendered(notice(page.text), (block,))
    return Rendered(notice(page.text), (_one_section(page.text),))


def plainly(text: str) -> Rendered:
    """Return a text in the one block that takes every text: without styles, and never read as markup."""
    shown = text if length(text) <= LONGEST else shortened(text)
    block = {"type": "section", "text": {"type": "plain_text", "text": shown, "emoji": False}}
    return Rendered(notice(text), (block,))


def escaped(text: str) -> str:
    """Return a text in which Slack finds no mention, no link and no date."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def notice(text: str) -> str:
    """Return the beginning of a text, escaped, as long as Slack takes it beside the blocks."""
    whole = escaped(text)
    if len(whole) <= LONGEST_TEXT:
        return whole
    cut = whole[: LONGEST_TEXT - 1]
    half = cut.rfind("&", -5)  # an escaped sign that was cut in two
    return (cut if half < 0 or ";" in cut[half:] else cut[:half]) + "…"


def length(text: str) -> int:
    """Return how long a text is in UTF-16 units: Slack counts no more for any character."""
    return len(text) + sum(ord(character) > 0xFFFF for character in text)


def shortened(text: str, end: str = BLANK) -> str:
    """Return the beginning of a text that is longer than a message, and an end."""
    units = text.encode("utf-16-le", "replace")[: 2 * (LONGEST - len(end))]
    return units.decode("utf-16-le", "ignore") + end


def is_blank(text: str) -> bool:
    """Tell whether nothing of a text can be seen: then Slack refuses it."""
    return all(unicodedata.category(one) in INVISIBLE or one in SEEMING_LETTERS for one in text)


def _size(block: Json) -> int:
    return len(json.dumps(block, ensure_ascii=False, separators=(",", ":")).encode())


def _one_section(text: str) -> Json:
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
    return {"type": "rich_text", "elements": [section]}


def _elements(document: Document, page: LaidOut, kept: Kept) -> Iterator[Json]:
    """Yield a document's sections, lists, quotes and boxes of code, apart from each other."""
    before = ""
    for element in _close_together(document, page, kept):
        kind = element["type"]
        goes_on = element.pop("goes_on", False)
        if before in _AIRLESS and kind == "rich_text_section":
            element["elements"].insert(0, {"type": "text", "text": "\n"})
        elif before in _AIRLESS and kind == before and not goes_on:
            yield {"type": "rich_text_section", "elements": [{"type": "text", "text": "\n"}]}
        yield element
        before = kind


# Slack leaves no room between these and what follows.
_AIRLESS = ("rich_text_list", "rich_text_quote")


def _close_together(document: Document, page: LaidOut, kept: Kept) -> Iterator[Json]:
    if not any(isinstance(block, List) for block in document):
        yield from _flow(page, kept)
        return
    running: list[Block] = []
    for block in document:
        if isinstance(block, List) and _is_native(block):
            yield from _flow(lay_out(tuple(running)), kept)
            running = []
            yield from _list(block, kept)
        else:
            running.append(block)
    yield from _flow(lay_out(tuple(running)), kept)


def _flow(page: LaidOut, kept: Kept) -> Iterator[Json]:
    """Yield what is laid out as text, cut around its boxes."""
    start = 0
    for box in _boxes(page.spans):
        yield from _section(page, start, box.start, kept)
        yield _box(page, box, kept)
        start = box.end
    yield from _section(page, start, len(page.text), kept)


def _boxes(spans: Sequence[Span]) -> Iterator[Span]:
    """Yield the outermost spans that are blocks of their own."""
    end = 0
    for span in spans:
        if isinstance(span.style, _BOXES) and span.start >= end:
            yield span
            end = span.end


def _section(page: LaidOut, start: int, end: int, kept: Kept) -> Iterator[Json]:
    """Yield a stretch of text without the breaks at its ends: it stands on lines of its own anyway."""
    text = page.text[start:end]
    first = start + len(text) - len(text.lstrip("\n"))
    last = start + len(text.rstrip("\n "))
    if first < last:
        yield {"type": "rich_text_section", "elements": list(runs(page, first, last, kept))}


def _box(page: LaidOut, box: Span, kept: Kept) -> Json:
    if isinstance(box.style, Quote):
        return {"type": "rich_text_quote", "elements": list(runs(page, box.start, box.end, kept))}
    text = page.text[box.start : box.end]
    return {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": text}]}


def _is_native(block: List, depth: int = 0) -> bool:
    """Tell whether Slack's own lists can show this one as it was written.

    Their items hold a line each, and numbers within a list are letters there.
    """
    if depth > DEEPEST or (block.start is not None and (depth or block.start < 1)):
        return False
    return all(_is_line(item.blocks[:1]) and _are_lists(item.blocks[1:], depth + 1) for item in block.items)


def _is_line(blocks: Document) -> bool:
    return any(isinstance(block, Paragraph | Heading) for block in blocks)


def _are_lists(blocks: Document, depth: int) -> bool:
    return all(isinstance(block, List) and _is_native(block, depth) for block in blocks)


def _list(block: List, kept: Kept, depth: int = 0) -> Iterator[Json]:
    """Yield a list; one that has others within goes on behind them."""
    lines: list[Json] = []
    begun = 0
    for place, item in enumerate(block.items):
        page = lay_out(item.blocks[:1])
        lines.append({"type": "rich_text_section", "elements": list(runs(page, 0, len(page.text), kept))})
        if item.blocks[1:] or place + 1 == len(block.items):
            yield _points(block, lines, begun, depth)
            lines, begun = [], place + 1
        for inner in item.blocks[1:]:
            assert isinstance(inner, List)
            yield from _list(inner, kept, depth + 1)


def _points(block: List, lines: list[Json], begun: int, depth: int) -> Json:
    points: Json = {
        "type": "rich_text_list",
        "style": "bullet" if block.start is None else "ordered",
        "indent": depth,
        "elements": lines,
        "goes_on": bool(begun or depth),
    }
    if block.start is not None and (offset := block.start - 1 + begun):
        points["offset"] = offset
    return points
