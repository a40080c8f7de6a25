"""What a reader of Slack sees of blocks, its bullets and numbers too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any

Json = dict[str, Any]
BULLETS = "•◦▪"


def as_read(blocks: Sequence[Json]) -> str:
    """Return the text of a message's blocks."""
    return "\n".join(line for block in blocks for line in _block(block))


def objects(value: object) -> Iterator[Json]:
    """Yield everything within blocks that has a type."""
    if isinstance(value, dict):
        if "type" in value:
            yield value
        for inner in value.values():
            yield from objects(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from objects(inner)


def _block(block: Json) -> Iterator[str]:
    if block["type"] == "section":
        assert block["text"]["type"] == "plain_text"
        yield block["text"]["text"]
    elif block["type"] == "rich_text":
        for element in block["elements"]:
            yield from _points(element) if element["type"] == "rich_text_list" else [_line(element)]


def _points(points: Json) -> Iterator[str]:
    numbers = count(points.get("offset", 0) + 1)
    for line in points["elements"]:
        bullet = BULLETS[min(points["indent"], 2)]
        marker = bullet if points["style"] == "bullet" else f"{next(numbers)}."
        yield f"{'    ' * points['indent']}{marker} {_line(line)}"


def _line(element: Json) -> str:
    return "".join(inline["text"] for inline in element["elements"])
