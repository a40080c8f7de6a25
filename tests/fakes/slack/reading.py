"""What a reader sees of blocks, and whom a message of a bot's would ring."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count
from typing import Any

Json = dict[str, Any]
BULLETS = "•◦▪"
JOINER = "\u2060"  # a sign that nobody sees
_RINGS = re.compile(r"<(@[UW][A-Z0-9]+|!here|!channel|!everyone|!subteam\^[A-Z0-9]+)(?:\|[^>]*)?>")
_MASS = re.compile(r"(?<![\w@])@(here|channel|everyone)\b", re.IGNORECASE)
_NAMED = re.compile(r"(?<![\w@])@([a-z0-9][a-z0-9._-]*)", re.IGNORECASE)


def unescape(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def read_blocks(blocks: list[Json]) -> str:
    """Return the text of blocks, one below the other; buttons are not text."""
    return "\n".join(text for block in blocks if (text := _read_block(block)))


def _read_block(block: Json) -> str:
    kind = block.get("type")
    if kind == "section":
        texts = [block["text"]] if "text" in block else []
        return "\n".join(_read_text(text) for text in [*texts, *block.get("fields", [])])
    if kind == "header":
        return _read_text(block["text"])
    if kind == "context":
        return " ".join(_read_text(one) for one in block["elements"] if "text" in one)
    if kind == "markdown":
        return str(block["text"]).replace(JOINER, "")
    if kind == "rich_text":
        return "\n".join(_read_rich(element) for element in block["elements"])
    if kind == "table":
        return "\n".join("\t".join(_read_cell(cell) for cell in row) for row in block["rows"])
    return ""


def _read_text(text: Json) -> str:
    return unescape(text["text"]) if text.get("type") == "mrkdwn" else str(text["text"])


def _read_cell(cell: Json) -> str:
    return str(cell["text"]) if cell.get("type") == "raw_text" else _read_block(cell)


def _read_rich(element: Json) -> str:
    if element.get("type") == "rich_text_list":
        return "\n".join(_read_points(element))
    return "".join(_read_inline(one) for one in element["elements"])


def _read_points(points: Json) -> Iterator[str]:
    """Return the lines of a list, with the bullets or numbers that Slack draws."""
    indent = int(points.get("indent", 0))
    numbers = count(int(points.get("offset", 0)) + 1)
    for item in points["elements"]:
        is_numbered = points["style"] == "ordered"
        marker = f"{next(numbers)}." if is_numbered else BULLETS[min(indent, 2)]
        yield f"{'    ' * indent}{marker} {_read_rich(item)}"


def _read_inline(element: Json) -> str:
    kind = element["type"]
    if kind == "text":
        return str(element["text"])
    if kind == "link":
        return str(element.get("text") or element["url"])
    if kind == "emoji":
        return f":{element['name']}:"
    if kind == "user":
        return f"<@{element['user_id']}>"
    if kind == "channel":
        return f"<#{element['channel_id']}>"
    if kind == "broadcast":
        return f"<!{element['range']}>"
    return ""


def mentions_in(text: str, blocks: list[Json]) -> list[str]:
    """Return whom a message calls: `@U1`, `!here`, or what a text that is not verbatim may be taken for."""
    found = [match[1] for match in _RINGS.finditer(text)]
    for one in _objects(blocks):
        kind = one.get("type")
        if kind in ("mrkdwn", "markdown"):
            found += [match[1] for match in _RINGS.finditer(str(one.get("text", "")))]
        if kind == "mrkdwn" and not one.get("verbatim"):
            # Slack turns "certain mentions" of such a text into real ones.
            found += [f"!{match[1].lower()}" for match in _MASS.finditer(str(one.get("text", "")))]
        if kind == "user" and "user_id" in one:
            found.append(f"@{one['user_id']}")
        if kind == "usergroup":
            found.append(f"!subteam^{one.get('usergroup_id', '')}")
        if kind == "broadcast":
            found.append(f"!{one.get('range', '')}")
    return found


def names_in(text: str) -> list[str]:
    """Return what `link_names` would make mentions of."""
    return [match[1].lower() for match in _NAMED.finditer(text)]


def _objects(value: Any) -> Iterator[Json]:
    """Return every object within blocks."""
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from _objects(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _objects(inner)
