"""Stretches of a laid out text that look the same, as elements of Slack's rich text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from urllib.parse import quote

from botcore.markup import (
    Citation,
    Code,
    Emphasis,
    Heading,
    InlineCode,
    LaidOut,
    Link,
    Span,
    Strike,
    Strong,
    Style,
    Table,
)

LONGEST_URL = 3000
_STYLES: dict[type[Style], str] = {
    Strong: "bold",
    Heading: "bold",
    Emphasis: "italic",
    Strike: "strike",
    InlineCode: "code",
    Code: "code",  # within a quote
    Table: "code",
}
_URL = re.compile(r"https?://[^\s<>/?#][^\s<>]*", re.IGNORECASE)
_BEHIND = ".,;:!?'\"*_~`|…“”‘’«»"  # signs that end a sentence rather than an address
_PAIRS = {")": "(", "]": "[", "}": "{"}
_RESERVED = "%/?#[]@!$&'()*+,;=:"


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of a text's looks: each style takes room in a message."""

    styles: frozenset[str]
    links: bool
    addresses: bool  # those that are written out are links too


ALL = Kept(frozenset({"bold", "italic", "strike", "code"}), links=True, addresses=True)
FEW = Kept(frozenset({"code"}), links=True, addresses=False)
BARE = Kept(frozenset(), links=False, addresses=False)


def runs(page: LaidOut, start: int, end: int, kept: Kept) -> Iterator[dict[str, Any]]:
    """Yield a stretch of a text as elements of rich text. None of them is empty."""
    for first, last, spans in _segments(page, start, end):
        text = page.text[first:last]
        style = {name: True for name in _names(spans) if name in kept.styles}
        url = _url(spans) if kept.links else ""
        if url:
            yield _element("link", text, style, url=url)
        elif kept.addresses and "code" not in style and "://" in text:
            yield from _with_addresses(text, style)
        else:
            yield _element("text", text, style)


def _segments(page: LaidOut, start: int, end: int) -> Iterator[tuple[int, int, list[Span]]]:
    """Yield stretches throughout which the same spans hold, with these."""
    waiting = [span for span in page.spans if span.start < end and start < span.end and _shows(span)]
    edges = {start, end} | {edge for span in waiting for edge in (span.start, span.end) if start < edge < end}
    within: list[Span] = []
    places = sorted(edges)
    next_one = 0
    for first, last in pairwise(places):
        within = [span for span in within if span.end > first]
        while next_one < len(waiting) and waiting[next_one].start <= first:
            within.append(waiting[next_one])
            next_one += 1
        yield first, last, within


def _shows(span: Span) -> bool:
    return type(span.style) in _STYLES or isinstance(span.style, Link | Citation)


def _names(spans: Iterable[Span]) -> Iterator[str]:
    for span in spans:
        if name := _STYLES.get(type(span.style)):
            yield name


def _url(spans: Iterable[Span]) -> str:
    """Return where a stretch leads, if that is not too long for Slack."""
    found = (span.style.url for span in spans if isinstance(span.style, Link | Citation))
    return next((url for url in found if 0 < len(url) <= LONGEST_URL), "")


def _element(kind: str, text: str, style: dict[str, bool], **more: str) -> dict[str, Any]:
    element: dict[str, Any] = {"type": kind, **more, "text": text}
    if style:
        element["style"] = style
    return element


def _with_addresses(text: str, style: dict[str, bool]) -> Iterator[dict[str, Any]]:
    """Make links of the addresses that are written out: Slack finds none in rich text."""
    end = 0
    for found in _URL.finditer(text):
        address = _without_what_follows(found[0])
        if len(url := quote(address, safe=_RESERVED)) > LONGEST_URL:
            continue
        if end < found.start():
            yield _element("text", text[end : found.start()], style)
        yield _element("link", address, style, url=url)
        end = found.start() + len(address)
    if end < len(text):
        yield _element("text", text[end:], style)


def _without_what_follows(address: str) -> str:
    """Leave out the signs that belong to the sentence around an address."""
    while address[-1] in _BEHIND or (
        (opening := _PAIRS.get(address[-1])) and address.count(address[-1]) > address.count(opening)
    ):
        address = address[:-1]
    return address
