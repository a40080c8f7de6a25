"""Inlines as the characters that are read, and stretches of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from botcore.markup.tree import (
    Citation,
    Inline,
    InlineCode,
    LineBreak,
    Link,
    Mention,
    Text,
)


def plain(inlines: Sequence[Inline]) -> str:
    """Return what is read of inlines."""
    return "".join(map(_plain, inlines))


def _plain(one: Inline) -> str:
    match one:
        case Text(text) | InlineCode(text):
            return text
        case LineBreak():
            return "\n"
        case Mention(name):
            return f"@{name}"
        case Citation(number):
            return f"[{number}]"
        case _:
            return plain(one.children)


def stretch(inlines: Sequence[Inline], start: int, end: int) -> tuple[Inline, ...]:
    """Return inlines from one character to another, each in the style it had."""
    return tuple(_stretch(inlines, start, end))


def _stretch(inlines: Sequence[Inline], start: int, end: int) -> Iterator[Inline]:
    place = 0
    for one in inlines:
        if place >= end:
            return
        length = len(_plain(one))
        first, last = max(start - place, 0), min(end - place, length)
        if first == 0 and last == length:
            yield one
        elif first < last:
            yield _piece(one, first, last)
        place += length


def beyond(inlines: Sequence[Inline], start: int) -> tuple[Inline, ...]:
    """Return what comes after so many characters."""
    place = 0
    for count, one in enumerate(inlines):
        length = len(_plain(one))
        if place + length > start:
            cut = one if place == start else _piece(one, start - place, length)
            return (cut, *inlines[count + 1 :])
        place += length
    return ()


def _piece(one: Inline, start: int, end: int) -> Inline:
    match one:
        case InlineCode(text):
            return InlineCode(text[start:end])
        case Citation(_, url) if url:
            return Link((Text(_plain(one)[start:end]),), url)
        case Text() | Mention() | Citation() | LineBreak():
            return Text(_plain(one)[start:end])
        case Link(children, url):
            return Link(stretch(children, start, end), url)
        case _:
            return type(one)(stretch(one.children, start, end))


def whole_stretches(inlines: Sequence[Inline], place: int = 0) -> Iterator[range]:
    """Return where the things stand that are better not cut in two."""
    for one in inlines:
        length = len(_plain(one))
        match one:
            case InlineCode() | Mention() | Citation() | Link():
                yield range(place, place + length)
            case Text() | LineBreak():
                pass
            case _:
                yield from whole_stretches(one.children, place)
        place += length
