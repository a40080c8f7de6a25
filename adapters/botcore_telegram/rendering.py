"""Markdown as Telegram shows it: plain text and entities, whose offsets count UTF-16 units."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import accumulate

from telegram import MessageEntity
from telegram.constants import MessageEntityType as Kind

from botcore.markup import (
    Citation,
    Code,
    Document,
    Emphasis,
    Heading,
    InlineCode,
    LaidOut,
    Link,
    Quote,
    Spoiler,
    Strike,
    Strong,
    Style,
    Table,
    lay_out,
)
from botcore_telegram.document import length

MOST_ENTITIES = 100  # of a message; Telegram leaves out what comes after
BLANK = "…"  # stands for a text without a visible character, which Telegram refuses
INVISIBLE = {"Cc", "Cf", "Zl", "Zp", "Zs"}
SEEMING_LETTERS = "\u2800\u3164"  # Braille's blank and Hangul's filler
_LANGUAGE = re.compile(r"[\w+#.-]{1,32}")
_FIXED_WIDTH = {Kind.CODE, Kind.PRE}
_QUIET = {*_FIXED_WIDTH, Kind.TEXT_LINK}  # in which Telegram finds nothing
_KINDS: dict[type[Style], Kind] = {
    Strong: Kind.BOLD,
    Heading: Kind.BOLD,
    Emphasis: Kind.ITALIC,
    Strike: Kind.STRIKETHROUGH,
    Spoiler: Kind.SPOILER,
    InlineCode: Kind.CODE,
    Code: Kind.PRE,
    Table: Kind.PRE,
    Quote: Kind.BLOCKQUOTE,
    Link: Kind.TEXT_LINK,
    Citation: Kind.TEXT_LINK,
}
# What goes first when a message has more entities than it may: where a link leads would be lost.
_RANK = {kind: rank for rank, kind in enumerate((Kind.TEXT_LINK, Kind.PRE, Kind.SPOILER, Kind.BLOCKQUOTE))}

# Telegram itself makes these clickable wherever it finds them: names, which it also notifies, addresses
# and commands. Only within code it does not, and what is copied from there is what was written.
_FOUND_BY_TELEGRAM = re.compile(
    r"""(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+     # an address for mail
      | (?<!\w)@[A-Za-z0-9_]{2,}                     # a name
      | (?<![\w/<>])(?<!\w[.:])/[A-Za-z0-9_]+(?:@\w+)?(?![\w/])  # a command
    """,
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a message is sent as."""

    text: str
    entities: tuple[MessageEntity, ...] = ()


@dataclass(frozen=True, slots=True)
class _Mark:
    """An entity, with its place in characters."""

    start: int
    end: int
    kind: Kind
    url: str | None = None
    language: str | None = None


def render(document: Document) -> Rendered:
    """Return a document as Telegram takes it."""
    page = lay_out(document)
    if _is_blank(page.text):
        return Rendered(BLANK)
    marks = list(_marks(page))
    marks += _kept_quiet(page.text, marks)
    first, last = _edges(page.text, marks)
    within = (replace(mark, start=max(mark.start, first), end=min(mark.end, last)) for mark in _apart(marks))
    chosen = _most_important(
        page.text, [mark for mark in within if mark.start < mark.end], _Mark(first, last, Kind.CODE)
    )
    units = _units(page.text)
    return Rendered(
        page.text[first:last],
        tuple(
            MessageEntity(
                mark.kind,
                units[mark.start] - units[first],
                units[mark.end] - units[mark.start],
                url=mark.url,
                language=mark.language,
            )
            for mark in chosen
        ),
    )


def unstyled(rendered: Rendered) -> Rendered:
    """Return a text without its styles: as code, in which no name calls anybody."""
    return Rendered(rendered.text, (MessageEntity(Kind.CODE, 0, length(rendered.text)),))


def _is_blank(text: str) -> bool:
    """Tell whether nothing of a text can be seen: then Telegram refuses it."""
    return all(unicodedata.category(one) in INVISIBLE or one in SEEMING_LETTERS for one in text)


def _marks(page: LaidOut) -> Iterator[_Mark]:
    for span in page.spans:
        kind, style = _KINDS.get(type(span.style)), span.style
        if kind is None or (isinstance(style, Citation) and not style.url):
            continue
        url = style.url if isinstance(style, Link | Citation) else None
        language = style.language if isinstance(style, Code) and _LANGUAGE.fullmatch(style.language) else None
        yield _Mark(span.start, span.end, kind, url, language)


def _kept_quiet(text: str, marks: Iterable[_Mark]) -> list[_Mark]:
    """Return marks for what Telegram would make clickable by itself."""
    taken = [mark for mark in marks if mark.kind in _QUIET]
    return [
        _Mark(found.start(), found.end(), Kind.CODE)
        for found in _FOUND_BY_TELEGRAM.finditer(text)
        if not any(_meets(mark, found) for mark in taken)
    ]


def _meets(mark: _Mark, found: re.Match[str]) -> bool:
    return mark.start < found.end() and found.start() < mark.end


def _apart(marks: Iterable[_Mark]) -> list[_Mark]:
    """Cut marks around code, which can't be within anything but a quote."""
    marks = list(marks)
    code = sorted((m.start, m.end) for m in marks if m.kind in _FIXED_WIDTH)
    pieces: list[_Mark] = []
    for mark in marks:
        if mark.kind in _FIXED_WIDTH or mark.kind is Kind.BLOCKQUOTE:
            pieces.append(mark)
            continue
        start = mark.start
        for code_start, code_end in code:
            if code_start < mark.end and start < code_end:
                pieces.append(replace(mark, start=start, end=max(start, code_start)))
                start = code_end
        pieces.append(replace(mark, start=start, end=max(start, mark.end)))
    return sorted(pieces, key=lambda mark: (mark.start, -mark.end))


def _edges(text: str, marks: Iterable[_Mark]) -> tuple[int, int]:
    """Return where the text begins and ends without the white space around it, as Telegram cuts it.

    That of code belongs to it.
    """
    first, last = len(text) - len(text.lstrip()), len(text.rstrip())
    code = [mark for mark in marks if mark.kind in _FIXED_WIDTH]
    return min([first, *(m.start for m in code)]), max([last, *(m.end for m in code)])


def _most_important(text: str, marks: list[_Mark], whole: _Mark) -> list[_Mark]:
    """Return as many marks as a message may have; `whole` where that would call people by their names."""
    if len(marks) <= MOST_ENTITIES:
        return marks
    found = list(_FOUND_BY_TELEGRAM.finditer(text))
    needed = {
        number
        for number, mark in enumerate(marks)
        if mark.kind in _QUIET and any(_meets(mark, one) for one in found)
    }
    if len(needed) > MOST_ENTITIES:
        return [whole]
    ranked = sorted(
        range(len(marks)),
        key=lambda number: (number not in needed, _RANK.get(marks[number].kind, len(_RANK)), number),
    )
    return [marks[number] for number in sorted(ranked[:MOST_ENTITIES])]


def _units(text: str) -> list[int]:
    """Return how many UTF-16 units are before each character, and before the end."""
    return list(accumulate((2 if ord(character) > 0xFFFF else 1 for character in text), initial=0))


def shortened(rendered: Rendered, longest: int) -> Rendered:
    """Return the beginning of what is too long, for a preview; `longest` in UTF-16 units."""
    units = _units(rendered.text)
    if units[-1] <= longest:
        return rendered
    fits = max(place for place, before in enumerate(units) if before <= longest - len(BLANK))
    end = units[fits]
    kept = [entity for entity in rendered.entities if entity.offset < end]
    return Rendered(
        rendered.text[:fits] + BLANK,
        tuple(
            MessageEntity(
                entity.type,
                entity.offset,
                min(entity.length, end - entity.offset),
                url=entity.url,
                language=entity.language,
            )
            for entity in kept
        ),
    )
