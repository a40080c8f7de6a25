"""What a reader is told by a document, however it is laid out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from botcore.markup import Cell, Code, Document, Heading, Inline, List, Paragraph, Quote, Table
from botcore.markup.reading import plain


def said(documents: Iterable[Document]) -> str:
    """Return all that is said in documents, without blanks. A header that is repeated counts once."""
    return "".join(_Reader().read(block for document in documents for block in document))


class _Reader:
    def __init__(self) -> None:
        self._header: tuple[Cell, ...] | None = None  # of the last table

    def read(self, blocks: Iterable[object]) -> Iterator[str]:
        for block in blocks:
            match block:
                case Paragraph(children) | Heading(_, children):
                    yield _read(children)
                case List(items, start):
                    for place, item in enumerate(items):
                        yield "•" if start is None else f"{start + place}."
                        yield from self.read(item.blocks)
                case Quote(blocks):
                    yield from self.read(blocks)
                case Code(text, _, title):
                    yield "".join(f"{title}{text}".split())
                case Table(header, rows):
                    yield from map(_read, () if header == self._header else header)
                    self._header = header
                    yield from (_read(cell) for row in rows for cell in row)


def _read(inlines: Iterable[Inline]) -> str:
    return "".join(plain(tuple(inlines)).split())


def codes(blocks: Iterable[object]) -> Iterator[Code]:
    """Yield the code blocks of a document, however deep."""
    for block in blocks:
        match block:
            case Code():
                yield block
            case Quote(inner):
                yield from codes(inner)
            case List(items):
                yield from (code for item in items for code in codes(item.blocks))
