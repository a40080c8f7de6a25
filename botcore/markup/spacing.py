"""How much room is between the blocks of a document."""

from __future__ import annotations

from botcore.markup.table_layout import has_grid
from botcore.markup.tree import Block, Code, Heading, List, Paragraph, Quote, Table


def gap_between(above: Block, below: Block, gap: str = "\n\n") -> str:
    """Return what stands between two blocks. A box is set apart by how it is drawn."""
    return "\n" if isinstance(above, Heading) or _is_box(below) else gap


def _is_box(block: Block) -> bool:
    match block:
        case Code(title=title):
            return not title  # it stands above the box
        case Table():
            return has_grid(block)
        case _:
            return isinstance(block, Quote)


def is_compact(block: List) -> bool:
    """Tell whether a list's items are lines, with or without lists below them, and not texts."""
    return all(
        isinstance(inner, Paragraph) if place == 0 else isinstance(inner, List) and is_compact(inner)
        for item in block.items
        for place, inner in enumerate(item.blocks)
    )
