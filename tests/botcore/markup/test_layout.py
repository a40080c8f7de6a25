"""Documents as text with the places of their styles."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from botcore.markup import LaidOut, lay_out, parse
from botcore.markup.layout import TooLong
from tests.botcore.markup.any_markdown import markdown


def shown(text: str) -> str:
    return lay_out(parse(text)).text


def marked(page: LaidOut) -> list[tuple[str, str]]:
    return [(type(span.style).__name__, page.text[span.start : span.end]) for span in page.spans]


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("# Title\ntext\n\nmore", "Title\ntext\n\nmore"),
        ("- a\n\n- b\n  1. c\n     - d", "• a\n• b\n    1. c\n        ▪ d"),
        ("9. a\n10. b\n\n    c", "9. a\n\n10. b\n    c"),
        ("-", "•"),
        ("- ```\n  code\n  ```", "•\ncode"),
        ("> a\n> > b\n> > c", "a\n> b\n> c"),
        ("a\n```py run.py\ncode\n```\nb", "a\n\nrun.py\ncode\n\nb"),
        ("a\n```py\n  code\n```\nb", "a\n  code\n\nb"),
        ("---", "────────────"),
        ("@ana said [3](https://x.org)", "@ana said [3]"),
    ],
)
def test_each_block_has_its_look(markdown: str, text: str) -> None:
    assert shown(markdown) == text


def test_a_narrow_table_is_drawn_with_columns_as_wide_as_they_look() -> None:
    assert shown("| a | 日本 |\n|--:|---|\n| 100 | **x** |") == "  a │ 日本\n────┼─────\n100 │ x"


def test_a_wide_table_is_told_row_by_row() -> None:
    text = shown(f"| Name | What it does | |\n|---|---|---|\n| one | {'words ' * 9}| more |\n| two | | |")

    assert text == f"Name: one\n• What it does: {('words ' * 9).strip()}\n• more\n\nName: two\n• What it does"


def test_a_link_in_a_cell_stays_one() -> None:
    page = lay_out(parse("| a |\n|---|\n| [b](https://x.org) |"))

    assert ("Link", "b") in marked(page)


def test_spans_cover_what_they_style() -> None:
    page = lay_out(parse("**a _b_** ||c||\n\n> d `e`\n\n```py\nf\n```"))

    assert marked(page) == [
        ("Strong", "a b"),
        ("Emphasis", "b"),
        ("Spoiler", "c"),
        ("Quote", "d e"),
        ("InlineCode", "e"),
        ("Code", "f"),
    ]


def test_a_document_that_is_too_long_is_not_laid_out_to_its_end() -> None:
    with pytest.raises(TooLong):
        lay_out(parse("one two"), most=6)
    assert lay_out(parse("one two"), most=7).text == "one two"


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(text=markdown)
def test_spans_lie_within_each_other_or_apart(text: str) -> None:
    page = lay_out(parse(text))

    open_until = [len(page.text)]
    place = 0
    for span in page.spans:
        assert place <= span.start < span.end <= len(page.text)
        place = span.start
        while open_until[-1] <= span.start:
            open_until.pop()
        assert span.end <= open_until[-1]
        open_until.append(span.end)
