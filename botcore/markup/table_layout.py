"""Tables drawn with characters of one width."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

from botcore.markup.reading import plain
from botcore.markup.tree import (
    Align,
    Cell,
    Citation,
    Inline,
    InlineCode,
    LineBreak,
    Link,
    Mention,
    Table,
    Text,
)

COLUMNS = 36  # that a phone shows side by side
_BAR = " │ "


def has_grid(table: Table) -> bool:
    """Tell whether a table is narrow enough to be drawn, and has nothing that a drawing would lose."""
    rows = (table.header, *table.rows)
    if not table.rows:
        return True
    return sum(_widths(table)) + len(_BAR) * (len(table.header) - 1) <= COLUMNS and not any(
        _leads_somewhere(cell) for row in rows for cell in row
    )


def as_grid(table: Table) -> str:
    """Return the lines of a table, columns below each other."""
    widths = _widths(table)
    line = "─┼─".join("─" * width for width in widths)
    rows = [_row(row, widths, table.align) for row in (table.header, *table.rows)]
    return "\n".join([rows[0], line, *rows[1:]])


def _leads_somewhere(cell: Sequence[Inline]) -> bool:
    for one in cell:
        match one:
            case Link():
                return True
            case Citation(_, url) if url:
                return True
            case Text() | InlineCode() | LineBreak() | Mention() | Citation():
                continue
            case _ if _leads_somewhere(one.children):
                return True
    return False


def _widths(table: Table) -> list[int]:
    columns = zip(table.header, *table.rows, strict=True)
    return [max(1, *(cell_len(plain(cell)) for cell in column)) for column in columns]


def _row(cells: Sequence[Cell], widths: Sequence[int], align: Sequence[Align]) -> str:
    padded = [_pad(plain(cell), width, side) for cell, width, side in zip(cells, widths, align, strict=True)]
    return _BAR.join(padded).rstrip()


def _pad(text: str, width: int, side: Align) -> str:
    blanks = width - cell_len(text)
    left = {"right": blanks, "center": blanks // 2}.get(side, 0)
    return " " * left + text + " " * (blanks - left)
