"""What Slack takes for blocks, and how it says what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tests.fakes.slack.accounts import Json
from tests.fakes.slack.errors import ApiError, invalid_blocks

MOST_OF_MESSAGE, MOST_OF_VIEW = 50, 100
LONGEST_SECTION, LONGEST_FIELD, MOST_FIELDS = 3000, 2000, 10
LONGEST_HEADER = 150
MOST_OF_CONTEXT = 10
MOST_BUTTONS = 25
LONGEST_LABEL, LONGEST_VALUE, LONGEST_ID = 75, 2000, 255
LONGEST_MARKDOWN = 12_000  # of all markdown blocks of a message
LONGEST_TOGETHER = 13_200  # characters of all blocks; nowhere documented, but measured
MOST_ROWS, MOST_CELLS = 100, 20
RICH = frozenset({"rich_text_section", "rich_text_list", "rich_text_preformatted", "rich_text_quote"})
Check = Callable[[Json, str], Iterator[str]]


def read_blocks(blocks: Any, *, most: int = MOST_OF_MESSAGE) -> list[Json]:
    """Return blocks that Slack would take; raise what it says of others."""
    if not blocks:
        return []
    if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        raise ApiError("invalid_blocks_format")
    problems = [f"no more than {most} items allowed [json-pointer:/blocks]"] if len(blocks) > most else []
    for number, block in enumerate(blocks):
        problems += _problems_of(block, f"/blocks/{number}")
    ids = [block["block_id"] for block in blocks if block.get("block_id")]
    if len(ids) != len(set(ids)):
        problems.append("`block_id` must be unique [json-pointer:/blocks]")
    if sum(len(block["text"]) for block in blocks if _is_markdown(block)) > LONGEST_MARKDOWN:
        problems.append(f"must be less than {LONGEST_MARKDOWN + 1} characters [json-pointer:/blocks]")
    if problems:
        raise invalid_blocks(*problems)
    if most == MOST_OF_MESSAGE and sum(_length(block) for block in blocks) > LONGEST_TOGETHER:
        raise ApiError("msg_blocks_too_long")
    return _with_ids(blocks)


def _is_markdown(block: Json) -> bool:
    return block.get("type") == "markdown" and isinstance(block.get("text"), str)


def _with_ids(blocks: list[Json]) -> list[Json]:
    """Slack gives a block an id when it has none."""
    return [{"block_id": f"b{number}", **block} for number, block in enumerate(blocks)]


def _length(value: Any) -> int:
    """Return how many characters a reader might see of something."""
    if isinstance(value, dict):
        own = len(value["text"]) if isinstance(value.get("text"), str) else 0
        return own + sum(_length(inner) for inner in value.values())
    return sum(_length(inner) for inner in value) if isinstance(value, list) else 0


def _problems_of(block: Json, at: str) -> Iterator[str]:
    check = CHECKS.get(str(block.get("type")))
    if check is None:
        yield f"unsupported type: {block.get('type')} [json-pointer:{at}/type]"
        return
    if len(str(block.get("block_id", ""))) > LONGEST_ID:
        yield f"must be less than {LONGEST_ID + 1} characters [json-pointer:{at}/block_id]"
    yield from check(block, at)


def _section(block: Json, at: str) -> Iterator[str]:
    fields = block.get("fields", [])
    if "text" in block:
        yield from _text(block["text"], f"{at}/text", LONGEST_SECTION)
    elif not fields:
        yield f"must have text or fields [json-pointer:{at}]"
    if len(fields) > MOST_FIELDS:
        yield f"no more than {MOST_FIELDS} items allowed [json-pointer:{at}/fields]"
    for number, one in enumerate(fields):
        yield from _text(one, f"{at}/fields/{number}", LONGEST_FIELD)
    if "accessory" in block:
        yield from _element(block["accessory"], f"{at}/accessory")


def _header(block: Json, at: str) -> Iterator[str]:
    yield from _text(block.get("text"), f"{at}/text", LONGEST_HEADER, kinds=("plain_text",))


def _context(block: Json, at: str) -> Iterator[str]:
    yield from _count(block, at, MOST_OF_CONTEXT)
    for number, one in enumerate(block.get("elements", [])):
        if one.get("type") != "image":
            yield from _text(one, f"{at}/elements/{number}", LONGEST_SECTION)


def _actions(block: Json, at: str) -> Iterator[str]:
    yield from _count(block, at, MOST_BUTTONS)
    ids = [one.get("action_id") for one in block.get("elements", []) if one.get("action_id")]
    if len(ids) != len(set(ids)):
        yield f"`action_id` must be unique [json-pointer:{at}/elements]"
    for number, one in enumerate(block.get("elements", [])):
        yield from _element(one, f"{at}/elements/{number}")


def _count(block: Json, at: str, most: int) -> Iterator[str]:
    elements = block.get("elements")
    if not elements:
        yield f"no fewer than 1 items allowed [json-pointer:{at}/elements]"
    elif len(elements) > most:
        yield f"no more than {most} items allowed [json-pointer:{at}/elements]"


def _element(element: Json, at: str) -> Iterator[str]:
    if len(str(element.get("action_id", ""))) > LONGEST_ID:
        yield f"must be less than {LONGEST_ID + 1} characters [json-pointer:{at}/action_id]"
    if element.get("type") != "button":
        return
    yield from _text(element.get("text"), f"{at}/text", LONGEST_LABEL, kinds=("plain_text",))
    if len(str(element.get("value", ""))) > LONGEST_VALUE:
        yield f"must be less than {LONGEST_VALUE + 1} characters [json-pointer:{at}/value]"
    if element.get("style", "primary") not in ("primary", "danger"):
        yield f"invalid style [json-pointer:{at}/style]"


def _markdown(block: Json, at: str) -> Iterator[str]:
    if not isinstance(block.get("text"), str) or not block["text"]:
        yield f"missing required field: text [json-pointer:{at}]"


def _rich_text(block: Json, at: str) -> Iterator[str]:
    if not block.get("elements"):
        yield f"no fewer than 1 items allowed [json-pointer:{at}/elements]"
    for number, one in enumerate(block.get("elements", [])):
        yield from _rich_element(one, f"{at}/elements/{number}")


def _rich_element(element: Json, at: str) -> Iterator[str]:
    kind = element.get("type")
    if kind not in RICH:
        yield f"unsupported type: {kind} [json-pointer:{at}/type]"
        return
    inner = element.get("elements")
    if not isinstance(inner, list):
        yield f"missing required field: elements [json-pointer:{at}]"
        return
    if kind == "rich_text_list":
        if element.get("style") not in ("bullet", "ordered"):
            yield f"invalid style [json-pointer:{at}/style]"
        for number, item in enumerate(inner):
            yield from _rich_element(item, f"{at}/elements/{number}")
        return
    for number, one in enumerate(inner):
        if one.get("type") == "text" and not one.get("text"):
            yield f"must be more than 0 characters [json-pointer:{at}/elements/{number}/text]"


def _table(block: Json, at: str) -> Iterator[str]:
    rows = block.get("rows", [])
    if not 1 <= len(rows) <= MOST_ROWS:
        yield f"no more than {MOST_ROWS} items allowed [json-pointer:{at}/rows]"
    if any(len(row) > MOST_CELLS for row in rows):
        yield f"no more than {MOST_CELLS} items allowed [json-pointer:{at}/rows]"


def _image(block: Json, at: str) -> Iterator[str]:
    for name in ("alt_text",):
        if not block.get(name):
            yield f"missing required field: {name} [json-pointer:{at}]"


def _input(block: Json, at: str) -> Iterator[str]:
    yield from _text(block.get("label"), f"{at}/label", 2000, kinds=("plain_text",))
    if not isinstance(block.get("element"), dict):
        yield f"missing required field: element [json-pointer:{at}]"
    else:
        yield from _element(block["element"], f"{at}/element")


def _nothing(block: Json, at: str) -> Iterator[str]:
    yield from ()


CHECKS: Mapping[str, Check] = {
    "section": _section,
    "header": _header,
    "context": _context,
    "context_actions": _nothing,
    "actions": _actions,
    "divider": _nothing,
    "markdown": _markdown,
    "rich_text": _rich_text,
    "table": _table,
    "image": _image,
    "input": _input,
    "plan": _nothing,
    "task_card": _nothing,
}


def _text(
    text: Any, at: str, longest: int, *, kinds: tuple[str, ...] = ("mrkdwn", "plain_text")
) -> Iterator[str]:
    """Check an object of text."""
    if not isinstance(text, dict) or text.get("type") not in kinds:
        yield f"must be one of {', '.join(kinds)} [json-pointer:{at}]"
        return
    length = len(str(text.get("text") or ""))
    if length == 0:
        yield f"must be more than 0 characters [json-pointer:{at}/text]"
    elif length > longest:
        yield f"must be less than {longest + 1} characters [json-pointer:{at}/text]"
