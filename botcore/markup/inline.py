"""What stands within a paragraph, a heading or a cell, from the parser's tokens."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from markdown_it.token import Token

from botcore.domain import valid
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

Styled = Emphasis | Strong | Strike | Spoiler

STYLES: dict[str, type[Styled]] = {
    "em_open": Emphasis,
    "strong_open": Strong,
    "s_open": Strike,
    "spoiler_open": Spoiler,
}
# No reader sees them, and platforms drop them or fail on them.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff]")
_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_SPECIAL = re.compile(r"(?<!\w)(?:@(?P<name>\w+(?:[.-]\w+)*)|\[(?P<number>[1-9][0-9]{0,4})\])")
_NUMBER = re.compile(r"[1-9][0-9]{0,4}")


def read_inline(token: Token, *, one_line: bool = False) -> tuple[Inline, ...]:
    """Return what an inline token says, in one form only.

    Neighbours of one kind are one, nothing is twice emphasized, nothing is empty, and no line break
    stands at either end.
    """
    # Names are found at the end, since a text may still have grown by its neighbours.
    return tuple(_with_names(_trim(_Builder(token.children or [], one_line).built)))


class _Builder:
    """Puts a flat row of tokens into a tree."""

    def __init__(self, tokens: Iterable[Token], one_line: bool) -> None:
        self.built: list[Inline] = []
        self._one_line = one_line
        # What is open: its kind, where a link leads, and what is in it so far. No kind: so it is already.
        self._open: list[tuple[str, str, list[Inline]]] = []
        for token in tokens:
            self._take(token)

    @property
    def _inner(self) -> list[Inline]:
        return self._open[-1][2] if self._open else self.built

    def _take(self, token: Token) -> None:
        if token.nesting == 1:
            self._begin(token)
        elif token.nesting == -1:
            self._end()
        elif token.type in ("softbreak", "hardbreak"):
            add(self._inner, Text(" ") if self._one_line else LineBreak())
        elif text := printable(token.content).replace("\n", " "):
            add(self._inner, InlineCode(text) if token.type == "code_inline" else Text(text))

    def _begin(self, token: Token) -> None:
        if any(token.type == kind for kind, _, _ in self._open):
            self._open.append(("", "", self._inner))
        else:
            self._open.append((token.type, str(token.attrGet("href")), []))

    def _end(self) -> None:
        kind, url, children = self._open.pop()
        if style := STYLES.get(kind):
            if children:
                add(self._inner, style(tuple(children)))
        elif kind:
            self._inner.append(_link(children, url))


def add(row: list[Inline], new: Inline) -> None:
    """Put something at the end of a row; with a last one of its kind it becomes one."""
    last = row[-1] if row else None
    match last, new:
        case (Text(before), Text(after)):
            row[-1] = Text(before + after)
        case (InlineCode(before), InlineCode(after)):
            row[-1] = InlineCode(before + after)
        case (Emphasis() | Strong() | Strike() | Spoiler(), Emphasis() | Strong() | Strike() | Spoiler()) if (
            type(last) is type(new)
        ):
            children = list(last.children)
            for child in new.children:
                add(children, child)
            row[-1] = type(new)(tuple(children))
        case _:
            row.append(new)


def printable(text: str) -> str:
    """Return a text without what no reader could see: control characters and halves of characters."""
    return _CONTROLS.sub("", _LINE_ENDS.sub("\n", valid(text)))


def _link(children: list[Inline], url: str) -> Inline:
    match children:
        case []:
            return Link((Text(url),), url)
        case [Text(text)] if _NUMBER.fullmatch(text):
            return Citation(int(text), url)
    return Link(tuple(children), url)


def _with_names(row: Iterable[Inline]) -> Iterator[Inline]:
    """Find mentions and citations in texts, but in links."""
    for one in row:
        match one:
            case Text(text) if "@" in text or "[" in text:
                yield from _named(text)
            case Emphasis(children) | Strong(children) | Strike(children) | Spoiler(children):
                yield type(one)(tuple(_with_names(children)))
            case _:
                yield one


def _named(text: str) -> Iterator[Inline]:
    end = 0
    for found in _SPECIAL.finditer(text):
        if end < found.start():
            yield Text(text[end : found.start()])
        yield Mention(found["name"]) if found["name"] else Citation(int(found["number"]))
        end = found.end()
    if end < len(text):
        yield Text(text[end:])


def _trim(row: list[Inline]) -> list[Inline]:
    breaks = [isinstance(one, LineBreak) for one in row]
    if False not in breaks:
        return []
    return row[breaks.index(False) : len(row) - breaks[::-1].index(False)]
