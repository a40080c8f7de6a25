"""Markdown as a tree: what is markup, and what is only text."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from botcore.markup import (
    Citation,
    Code,
    Emphasis,
    Inline,
    InlineCode,
    Item,
    LineBreak,
    Link,
    List,
    Mention,
    Paragraph,
    Quote,
    Spoiler,
    Strike,
    Strong,
    Table,
    Text,
    parse,
)
from tests.botcore.markup.said import said


def inlines(text: str) -> tuple[Inline, ...]:
    [paragraph] = parse(text)
    assert isinstance(paragraph, Paragraph)
    return paragraph.children


@pytest.mark.parametrize(
    "text",
    [
        "<b>bold</b> and <script>alert(1)</script>",
        "<!here> and <#C123>",
        "[click](javascript:alert(1))",
        "[a person](tg://user?id=1)",
        "[a file](notes/today.md)",
        "[a word][a source]",
        "snake_case_name and 2 * 3 * 4",
        "a || b, and a||b||c",
        "5 > 3 & 2 < 4",
        "a + b - c = d",
    ],
)
def test_what_is_no_markup_is_text(text: str) -> None:
    assert inlines(text) == (Text(text),)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("*a*", Emphasis((Text("a"),))),
        ("__a__", Strong((Text("a"),))),
        ("***a***", Emphasis((Strong((Text("a"),)),))),
        ("~~a~~", Strike((Text("a"),))),
        ("||a *b*||", Spoiler((Text("a "), Emphasis((Text("b"),))))),
        ("`` a`b ``", InlineCode("a`b")),
        ("[a](https://x.org)", Link((Text("a"),), "https://x.org")),
        ("[](https://x.org)", Link((Text("https://x.org"),), "https://x.org")),
        ("<https://x.org>", Link((Text("https://x.org"),), "https://x.org")),
        ("[@ana](mailto:ana@x.org)", Link((Text("@ana"),), "mailto:ana@x.org")),
        ("@some_one", Mention("some_one")),
        ("[3]", Citation(3)),
        ("[3](https://x.org/3)", Citation(3, "https://x.org/3")),
        ("&lt;b&gt;", Text("<b>")),
        ("*a*_b_", Emphasis((Text("ab"),))),
        ("*a *b**", Emphasis((Text("a b"),))),
    ],
)
def test_each_style_has_one_form(text: str, tree: Inline) -> None:
    assert inlines(text) == (tree,)


def test_a_line_break_is_one_however_it_is_written() -> None:
    assert inlines("a\nb  \nc\\\nd") == (
        Text("a"),
        LineBreak(),
        Text("b"),
        LineBreak(),
        Text("c"),
        LineBreak(),
        Text("d"),
    )


def test_names_and_numbers_in_code_and_mail_are_none() -> None:
    assert inlines("`@ana [3]` ana@example.org list[3]") == (
        InlineCode("@ana [3]"),
        Text(" ana@example.org list[3]"),
    )


def test_a_source_is_text_and_not_a_definition() -> None:
    assert inlines("[1]: https://example.org") == (Citation(1), Text(": https://example.org"))


def test_an_image_is_a_link_with_its_sign() -> None:
    assert inlines("![a cat](https://x.org/cat.png)") == (
        Text("!"),
        Link((Text("a cat"),), "https://x.org/cat.png"),
    )


def test_blocks_hold_blocks() -> None:
    deep = parse("> 7. a\n>\n>    ```sh x.sh\n>    b\n>    ```\n> 8.\n")

    item = Item((Paragraph((Text("a"),)), Code("b", "sh", "x.sh")))
    assert deep == (Quote((List((item, Item(())), start=7),)),)


def test_a_table_has_cells_everywhere() -> None:
    [table] = parse("| a | **b** |\n|:-:|--:|\n| `x\\|y` |\n")

    assert isinstance(table, Table)
    assert table.align == ("center", "right")
    assert table.rows == (((InlineCode("x|y"),), ()),)


def test_what_is_nested_too_deep_is_shown_as_it_was_written() -> None:
    assert inlines(f"{'>' * 50} deep") == (Text(f"{'>' * 50} deep"),)


def test_no_control_character_comes_through() -> None:
    assert inlines("a\x00b\x1b[31mc\x7f&#7;\ud83d") == (Text("ab[31mc\ufffd?"),)


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(
    words=st.lists(st.sampled_from(["one", "二", "três", "*", "_", "||", "> ", "- ", "\n", " "]), max_size=60)
)
def test_no_word_is_lost(words: list[str]) -> None:
    text = "".join(words)
    seen = said([parse(text)])

    for word in ("one", "二", "três"):
        assert seen.count(word) == text.count(word)
