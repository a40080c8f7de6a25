"""Paragraphs, titles and cells as Markdown again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from markdown_it.common.utils import isPunctChar, isWhiteSpace

from botcore.markup.tree import (
    Citation,
    Emphasis,
    Inline,
    InlineCode,
    LineBreak,
    Link,
    Mention,
    Spoiler,
    Strike,
    Strong,
    Text,
)

# One sign for each, so that signs that follow one another are never read as another sign.
_SIGNS = {Emphasis: "_", Strong: "**", Strike: "~~", Spoiler: "||"}
# What could be read as markup. Left alone are [3], snake_case, 2 * 3, a < b, C# and the like.
_MARKUP = r"""
    (?P<citation> \[[0-9]{1,5}\](?!\() )
  | [\\`\[\]]
  | (?<![^\W_])_ | _(?![^\W_])
  | (?<!\s)\* | \*(?!\s)
  | <(?!\s) | &(?=[\#a-zA-Z])
  | \A[~|] | [~|]\Z | ~(?=~) | (?<=~)~ | \|(?=\|) | (?<=\|)\|
  | (?<!\S)\# | \#\Z | \#(?=\#)
"""
_IN_TEXT = re.compile(_MARKUP, re.VERBOSE)
_IN_CELL = re.compile(rf"{_MARKUP} | \|", re.VERBOSE)
_BLOCK_START = re.compile(r"[>+\-=:]|[0-9]{1,9}(?=[.)])")


class _Kind(Enum):
    TEXT = auto()
    OPEN = auto()  # a sign that opens a style
    CLOSE = auto()
    BREAK = auto()
    OTHER = auto()  # written as it is; begins and ends with punctuation


@dataclass(slots=True)
class _Piece:
    kind: _Kind
    text: str


_EDGE = _Piece(_Kind.BREAK, "")  # the ends of a paragraph are like those of its lines


def write_inline(inlines: Sequence[Inline], *, in_cell: bool = False) -> str:
    """Return inlines as Markdown. `in_cell`: of a table, where bars part the columns."""
    pieces = _join_texts(_pieces(inlines))
    around = [_EDGE, *pieces, _EDGE]
    written = ""
    for before, piece, after in zip(around, pieces, around[2:], strict=False):
        written += _text(before, piece.text, after, in_cell) if piece.kind is _Kind.TEXT else piece.text
    return written.replace("|", "\\|") if in_cell else written


def _pieces(inlines: Sequence[Inline]) -> Iterator[_Piece]:
    for one in inlines:
        match one:
            case Text(text):
                yield _Piece(_Kind.TEXT, text)
            case Mention(name):
                yield _Piece(_Kind.TEXT, f"@{name}")
            case Citation(number, ""):
                yield _Piece(_Kind.TEXT, f"[{number}]")
            case Citation(number, url):
                yield _Piece(_Kind.OTHER, f"[{number}]{_target(url)}")
            case InlineCode(text):
                yield _Piece(_Kind.OTHER, _code(text))
            case LineBreak():
                yield _Piece(_Kind.BREAK, "\\\n")
            case Link(children, url):
                yield _Piece(_Kind.OTHER, "[")
                yield from _pieces(children)
                yield _Piece(_Kind.OTHER, f"]{_target(url)}")
            case Emphasis() | Strong() | Strike() | Spoiler():
                sign = _SIGNS[type(one)]
                yield _Piece(_Kind.OPEN, sign)
                yield from _pieces(one.children)
                yield _Piece(_Kind.CLOSE, sign)


def _join_texts(pieces: Iterator[_Piece]) -> list[_Piece]:
    joined: list[_Piece] = []
    for piece in pieces:
        if joined and joined[-1].kind is piece.kind is _Kind.TEXT:
            joined[-1].text += piece.text
        else:
            joined.append(piece)
    return joined


def _target(url: str) -> str:
    return f"(<{url.replace('&', '&amp;')}>)"


def _code(text: str) -> str:
    runs = {len(run) for run in re.findall("`+", text)}
    fence = "`" * next(length for length in range(1, len(runs) + 2) if length not in runs)
    would_be_stripped = text.startswith(" ") and text.endswith(" ") and text.strip(" ")
    pad = " " if would_be_stripped or text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def _text(before: _Piece, text: str, after: _Piece, in_cell: bool) -> str:
    """Write a text so that it is only text, and so that the signs beside it are read as signs.

    A sign opens or closes nothing where a blank is at its inner side, nor in the midst of a word.
    There the character beside it is written by its number, which begins and ends with punctuation.
    """
    first = _must_be_number(text[0], inner=_Kind.OPEN, outer=_Kind.CLOSE, beside=before.kind)
    last = _must_be_number(text[-1], inner=_Kind.CLOSE, outer=_Kind.OPEN, beside=after.kind)
    if len(text) == 1:
        return _number(text) if first or last else _escape(text, before, in_cell)
    middle = text[1 if first else 0 : -1 if last else None]
    start = _EDGE if before.kind is _Kind.BREAK and not first else _Piece(_Kind.TEXT, "")
    return (
        (_number(text[0]) if first else "")
        + _escape(middle, start, in_cell)
        + (_number(text[-1]) if last else "")
    )


def _must_be_number(character: str, *, inner: _Kind, outer: _Kind, beside: _Kind) -> bool:
    if isWhiteSpace(ord(character)):
        return beside in (inner, _Kind.BREAK)
    return beside is outer and not isPunctChar(character)


def _number(character: str) -> str:
    return f"&#{ord(character)};"


def _escape(text: str, before: _Piece, in_cell: bool) -> str:
    escaped = (_IN_CELL if in_cell else _IN_TEXT).sub(lambda found: _escaped(found, in_cell), text)
    if before.kind is _Kind.BREAK and (start := _BLOCK_START.match(escaped)):
        place = start.end() if start[0].isdigit() else 0
        escaped = f"{escaped[:place]}\\{escaped[place:]}"
    return escaped


def _escaped(found: re.Match[str], in_cell: bool) -> str:
    if found["citation"]:
        return found[0]
    return "&#124;" if in_cell and found[0] == "|" else f"\\{found[0]}"
