"""Where a document is cut: between its blocks, and within those that are longer than a message."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from botcore.markup.cut_inline import Inlines, clusters, cut_anywhere, cut_at_sentence, most
from botcore.markup.limits import TextLimits
from botcore.markup.reading import plain
from botcore.markup.tree import (
    Block,
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

Fits = Callable[[Document], bool]
_LEAST_FILLED = 4  # a message is filled to a fourth at least, if need be by cutting a sentence
# What goes into this message, and what is left. When the first is empty, the second may still differ
# from what it was: taken out of a quote, say, so that it has more room.
Cut = tuple[Document, Document]


@dataclass(frozen=True, slots=True)
class _RestOfTable(Table):
    """Its header was shown with the rows before."""


class Cutter:
    """Fills messages one after the other.

    Each cut depends on nothing behind the first block that does not fit, so that a text that grows is
    not cut anew each time. For the same reason a block that does not fit begins the next message,
    whether it will fit there or not; only paragraphs are cut to fill a message up.
    """

    def __init__(self, limits: TextLimits) -> None:
        self._limits = limits

    def fill(self, blocks: Document, fits_within: Fits | None = None) -> Cut:
        """Return what goes into one message, and what is left.

        `fits_within`: tells whether blocks fit that stand within another one.
        """
        fits = fits_within or self._limits.fits
        if fits_within:
            count = most(len(blocks), lambda count: fits_within(blocks[:count]))
        else:
            count = self._limits.leading(blocks)
        if count == len(blocks):
            return blocks, ()
        head, over, behind = blocks[:count], blocks[count], blocks[count + 1 :]

        def fits_below(piece: Document) -> bool:
            return fits((*head, *piece))

        only_titles = all(isinstance(block, Heading) for block in head)
        is_too_long = only_titles and not fits((over,))
        is_alone = not head and fits_within is None
        first, rest = self._cut(over, fits_below, anywhere=is_too_long, is_alone=is_alone)
        if first or not head:
            return (*head, *first), (*rest, *behind)
        kept = head if only_titles else _without_titles(head)  # they stay with what they announce
        return kept, blocks[len(kept) :]

    def _cut(self, block: Block, fits: Fits, *, anywhere: bool, is_alone: bool) -> Cut:
        if isinstance(block, Paragraph):
            return self._cut_paragraph(block, fits, anywhere)
        if not anywhere:
            return (), (block,)
        match block:
            case Heading(level, children):
                return self._cut_inlines(children, lambda part: (Heading(level, part),), fits)
            case List():
                return self._cut_list(block, fits)
            case Quote(blocks):
                first, rest = self.fill(blocks, lambda inner: fits((Quote(inner),)))
                return ((Quote(first),), (Quote(rest),)) if first else ((), rest)
            case Code():
                return self._cut_code(block, fits, is_alone)
            case Table():
                return _cut_table(block, fits)
            case Rule():
                return (), (block,)

    def _cut_paragraph(self, block: Paragraph, fits: Fits, anywhere: bool) -> Cut:
        def fits_as_paragraph(part: Inlines) -> bool:
            return fits((Paragraph(part),))

        cut = cut_at_sentence(block.children, fits_as_paragraph, self._limits.max_chars)
        # A few words are no reason to leave a message empty that nothing else goes into.
        is_enough = cut and len(plain(cut[0])) * _LEAST_FILLED >= self._limits.max_chars
        if cut and (is_enough or not anywhere):
            return (Paragraph(cut[0]),), (Paragraph(cut[1]),) if cut[1] else ()
        if anywhere:
            return self._cut_inlines(block.children, lambda part: (Paragraph(part),), fits)
        return (), (block,)

    def _cut_inlines(self, inlines: Inlines, whole: Callable[[Inlines], Document], fits: Fits) -> Cut:
        cut = cut_anywhere(inlines, lambda part: fits(whole(part)), self._limits.max_chars)
        if not cut:
            return (), whole(inlines)
        return whole(cut[0]), whole(cut[1]) if cut[1] else ()

    def _cut_list(self, block: List, fits: Fits) -> Cut:
        count = most(len(block.items), lambda count: fits((List(block.items[:count], block.start),)))
        first, later = block.items[:count], _from(block, count)
        if first:
            return (List(first, block.start),), later
        item, later = block.items[0], _from(block, 1)
        inner, rest = self.fill(item.blocks, lambda inner: fits((List((Item(inner),), block.start),)))
        if not inner:
            rest = item.blocks
        # What is left of an item has no bullet, and so no place in a list.
        begun = (List((Item(inner),), block.start),)
        return (begun, (*rest, *later)) if fits(begun) else ((), (block,))

    def _cut_code(self, block: Code, fits: Fits, is_alone: bool) -> Cut:
        if self._limits.files:
            return ((block,), ()) if is_alone else ((), (block,))
        if block.title and not fits((Code("", block.language, block.title),)):
            return (), (Paragraph((Text(block.title),)), Code(block.text, block.language))
        lines = block.text.split("\n")

        def head(count: int) -> Code:
            return Code("\n".join(lines[:count]), block.language, block.title)

        count = most(len(lines), lambda count: fits((head(count),)))
        if count == 0:
            return _cut_line(block, fits, self._limits.max_chars)
        # Rather between two paragraphs of the code, if that does not waste much of the message.
        blank = next((place for place in range(count, count // 2, -1) if not lines[place].strip()), count)
        rest = "\n".join(lines[blank:]).lstrip("\n")
        return (head(blank),), (Code(rest, block.language),) if rest else ()


def _without_titles(blocks: Document) -> Document:
    while isinstance(blocks[-1], Heading):
        blocks = blocks[:-1]
    return blocks


def _from(block: List, place: int) -> Document:
    """Return a list from one of its items on."""
    if place == len(block.items):
        return ()
    return (List(block.items[place:], None if block.start is None else block.start + place),)


def _cut_table(block: Table, fits: Fits) -> Cut:
    def of(rows: tuple[tuple[Inlines, ...], ...], kind: type[Table] = Table) -> Table:
        return kind(block.header, rows, block.align)

    count = most(len(block.rows), lambda count: fits((of(block.rows[:count]),)))
    if count:
        return (of(block.rows[:count]),), (of(block.rows[count:], _RestOfTable),)
    # A row that is longer than a message is no row any more.
    rows = tuple(Paragraph(_below_each_other(row)) for row in block.rows if any(row))
    if isinstance(block, _RestOfTable):
        return (), rows
    header = of(()) if rows else Paragraph(_below_each_other(block.header))
    return (), (header, *rows)


def _below_each_other(cells: tuple[Inlines, ...]) -> Inlines:
    shown: list[Inline] = []
    for cell in filter(None, cells):
        shown += [LineBreak(), *cell] if shown else cell
    return tuple(shown)


def _cut_line(block: Code, fits: Fits, longest: int) -> Cut:
    """Cut a line of code that is longer than a message."""
    ends = clusters(block.text.partition("\n")[0], longest)

    def head(count: int) -> Code:
        return Code(block.text[: ends[count - 1]], block.language, block.title)

    count = most(len(ends), lambda count: fits((head(count),)))
    if count == 0:
        return (), (block,)
    return (head(count),), (Code(block.text[ends[count - 1] :].removeprefix("\n"), block.language),)
