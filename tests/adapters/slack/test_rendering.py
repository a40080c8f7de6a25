"""Markdown as Slack's readers see it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from botcore.markup import lay_out, parse, split
from botcore.markup.limits import TextLimits, TextUnit
from botcore_slack.rendering import (
    BLANK,
    LONGEST,
    LONGEST_TEXT,
    MOST_BYTES,
    Rendered,
    is_blank,
    length,
    plainly,
    render,
)
from tests.adapters.slack.as_read import as_read, objects
from tests.botcore.markup.any_markdown import markdown as any_markdown

LIMITS = TextLimits(LONGEST, TextUnit.UTF16, files=True)
# All that is ever sent. Nothing among it calls anybody, or is read as markup.
HARMLESS = {
    "rich_text", "rich_text_section", "rich_text_list", "rich_text_quote", "rich_text_preformatted",
    "text", "link", "section", "plain_text",
}  # fmt: skip


def shown(markdown: str) -> Rendered:
    return render(parse(markdown))


def elements(markdown: str) -> list[dict[str, Any]]:
    [block] = shown(markdown).blocks
    return list(block["elements"])


def looks(markdown: str) -> list[tuple[str, str]]:
    """Return what is styled or linked, with the text it is."""
    return [
        (" ".join([*one.get("style", {}), one.get("url", "")]).strip(), one["text"])
        for element in elements(markdown)
        for one in objects(element)
        if one["type"] in ("text", "link") and ("style" in one or "url" in one)
    ]


@pytest.mark.parametrize(
    ("markdown", "text", "marked"),
    [
        (
            "**bold** _it_ ~~no~~ `x`",
            "bold it no x",
            [("bold", "bold"), ("italic", "it"), ("strike", "no"), ("code", "x")],
        ),
        ("**a _b_ c**", "a b c", [("bold", "a "), ("bold italic", "b"), ("bold", " c")]),
        ("# Title\n\ntext", "Title\ntext", [("bold", "Title")]),
        ("||hidden||", "hidden", []),
        (
            "[a **b**](https://e.org/?a=1&b=2)",
            "a b",
            [("https://e.org/?a=1&b=2", "a "), ("bold https://e.org/?a=1&b=2", "b")],
        ),
        (
            "As said [1](https://e.org) and [2].",
            "As said [1] and [2].",
            [("https://e.org", "[1]")],
        ),
        ("1 < 2 & *x* <b>", "1 < 2 & x <b>", [("italic", "x")]),
        ("> quote\n> **b**", "quote\nb", [("bold", "b")]),
        ("mail [me](mailto:a@b.example)", "mail me", [("mailto:a@b.example", "me")]),
    ],
)
def test_styles_and_links_are_where_they_were_written(
    markdown: str, text: str, marked: list[tuple[str, str]]
) -> None:
    assert as_read(shown(markdown).blocks) == text
    assert looks(markdown) == marked


def test_a_list_is_slacks_own() -> None:
    markdown = "Steps:\n\n3. one\n   - deeper\n     - deepest\n4. two\n5. three\n\nafter"

    kinds = [
        (one["type"], one.get("style"), one.get("indent"), one.get("offset")) for one in elements(markdown)
    ]

    assert kinds == [
        ("rich_text_section", None, None, None),
        ("rich_text_list", "ordered", 0, 2),
        ("rich_text_list", "bullet", 1, None),
        ("rich_text_list", "bullet", 2, None),
        ("rich_text_list", "ordered", 0, 3),
        ("rich_text_section", None, None, None),
    ]
    assert as_read(shown(markdown).blocks).split("\n") == [
        "Steps:", "3. one", "    ◦ deeper", "        ▪ deepest", "4. two", "5. three", "", "after",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "markdown",
    [
        "- one\n  1. numbers would be letters\n  2. two",
        "0. a list that begins with nought",
        "1. Do this:\n\n   ```sh\n   rm -- *\n   ```\n2. Then that.",
        "- a paragraph\n\n  and another",
        "-\n- an item that is empty",
    ],
)
def test_what_slacks_lists_do_not_know_is_laid_out(markdown: str) -> None:
    assert "rich_text_list" not in {one["type"] for one in elements(markdown)}
    assert _letters(as_read(shown(markdown).blocks)) == _letters(lay_out(parse(markdown)).text)


def test_code_and_tables_stand_in_boxes_as_they_are() -> None:
    code, table = "if x:\n    return '<!here> *no*'", "| a | b |\n|---|--:|\n| 1 | 22 |"
    markdown = f"Look:\n\n```python\n{code}\n```\n\n{table}\n\nEnd."

    kinds = [one["type"] for one in elements(markdown)]

    assert kinds == [
        "rich_text_section", "rich_text_preformatted", "rich_text_preformatted", "rich_text_section",
    ]  # fmt: skip
    assert elements(markdown)[1]["elements"][0]["text"] == code
    assert "1" in elements(markdown)[2]["elements"][0]["text"]


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("see https://e.org/a_b?c=1#d.", "https://e.org/a_b?c=1#d"),
        ("(https://e.org/x_(y))", "https://e.org/x_(y)"),
        ("“https://e.org/ü”", "https://e.org/%C3%BC"),
        ("**https://e.org**", "https://e.org"),
    ],
)
def test_an_address_that_is_written_out_can_be_followed(text: str, address: str) -> None:
    urls = [one["url"] for one in objects(elements(text)) if one["type"] == "link"]

    assert urls == [address]
    assert as_read(shown(text).blocks) == lay_out(parse(text)).text


@pytest.mark.parametrize("text", ["`https://e.org`", "http://", "https:///x", "ftp://e.org"])
def test_what_is_no_address_or_is_code_is_not_linked(text: str) -> None:
    assert "link" not in {one["type"] for one in objects(elements(text))}


@pytest.mark.parametrize(
    "text",
    [
        "<!here> <!channel> <!everyone|x> <@U123> <#C123> <!subteam^S1>",
        "@channel @here @everyone @ana",
        "<https://e.org|click> <http://x> &lt;!here&gt;",
        r"\*bold\* \_it\_ \~no\~ \`x\`",
        "*bold* typed in code: `*bold* <!here>`",
    ],
)
def test_nobody_is_mentioned_and_no_text_becomes_markup(text: str) -> None:
    rendered = shown(text)

    assert as_read(rendered.blocks) == lay_out(parse(text)).text
    assert {one["type"] for one in objects(rendered.blocks)} <= HARMLESS
    assert "<" not in rendered.text
    assert ">" not in rendered.text


def test_a_text_for_notifications_is_cut_between_its_signs() -> None:
    rendered = plainly("<" * 2 * LONGEST_TEXT)

    assert len(rendered.text) <= LONGEST_TEXT
    assert rendered.text.removesuffix("…").replace("&lt;", "") == ""


def test_a_text_that_is_plain_has_no_styles_and_is_cut_where_it_is_too_long() -> None:
    rendered = plainly("😀" * LONGEST)

    text = rendered.blocks[0]["text"]
    assert (text["type"], text["emoji"]) == ("plain_text", False)
    assert length(text["text"]) <= LONGEST
    assert text["text"].endswith("😀…")


def test_looks_are_left_out_before_a_text_is() -> None:
    """Each change of style takes room, and Slack refuses messages that are too large."""
    markdown = "**a** _b_ " * 600

    rendered = shown(markdown)

    assert as_read(rendered.blocks).split() == ["a", "b"] * 600
    assert _bytes(rendered) <= MOST_BYTES


PIECES = ["**", "_", "`", "```\n", "||", "~~", "> ", "# ", "- ", "1. ", "  - ", "|", "\n", "\n\n", "@bob "]
PIECES += ["<!here>", "[a](http://e.org)", "https://e.org/a", "<@U1|x>", "&lt;"]
some_text = st.one_of(st.text(max_size=6), st.sampled_from(PIECES))
texts = st.one_of(any_markdown, st.lists(some_text, max_size=25).map("".join))


@given(texts)
@example("- a\n\n\n1. b\n\n> c\n\n> d")
def test_whatever_is_written_can_be_sent_and_read_as_it_was_written(markdown: str) -> None:
    for part in split(markdown, LIMITS):
        rendered = shown(part)

        written = lay_out(parse(part)).text
        assert _letters(as_read(rendered.blocks)) == (BLANK if is_blank(written) else _letters(written))
        _check_sendable(rendered)


@settings(max_examples=30, deadline=None)
@given(st.lists(texts, min_size=1, max_size=3), st.integers(1, 200))
def test_a_text_of_any_length_can_be_sent(parts: list[str], times: int) -> None:
    for part in split("\n\n".join(parts) * times, LIMITS):
        if length(lay_out(parse(part)).text) <= LONGEST:  # a longer one is a file
            _check_sendable(shown(part))


def _check_sendable(rendered: Rendered) -> None:
    assert 0 < len(rendered.text) <= LONGEST_TEXT
    assert _bytes(rendered) <= MOST_BYTES + 200
    assert len(rendered.blocks) == 1
    for one in objects(rendered.blocks):
        assert one["type"] in HARMLESS
        assert one.get("elements", True)
        assert one.get("text", True)
        assert not (one.get("indent", 0) > 8 or "goes_on" in one)
        assert len(one.get("url", "")) <= 3000


def _letters(text: str) -> str:
    """Return what is read without the spaces between: Slack has its own between blocks."""
    return "".join(text.split())


def _bytes(rendered: Rendered) -> int:
    return len(json.dumps(rendered.blocks, ensure_ascii=False, separators=(",", ":")).encode())
