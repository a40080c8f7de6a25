"""Long texts as several messages."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from botcore.markup import (
    Code,
    Document,
    Heading,
    List,
    Paragraph,
    Table,
    TextLimits,
    TextUnit,
    lay_out,
    parse,
    split,
)
from tests.botcore.markup.any_markdown import markdown
from tests.botcore.markup.said import codes, said

slowly = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
limits = st.builds(TextLimits, st.integers(64, 600), st.sampled_from(TextUnit), st.booleans())
small = TextLimits(100)
PARAGRAPH = "The first sentence is short. The second is longer, as it has more words. And a third ends it."


def parts(text: str, limits: TextLimits = small) -> list[Document]:
    return [parse(part) for part in split(text, limits)]


def length(document: Document, unit: TextUnit = TextUnit.CHARACTERS) -> int:
    return unit.length_of(lay_out(document).text)


@slowly
@given(text=markdown, limits=limits)
@example("- " * 20 + "x" * 99, TextLimits(64))
@example("> " * 20 + "x" * 99, TextLimits(64))
@example(f"| a |\n|---|\n| {'b ' * 99} |\n", TextLimits(64))
@example(f"```py {'t' * 99}\n{'x' * 99}", TextLimits(64))
@example("e" + "\u0301" * 500, TextLimits(64, TextUnit.BYTES))
@example("1. " + "x" * 99, TextLimits(64))
def test_every_part_fits_and_nothing_is_lost(text: str, limits: TextLimits) -> None:
    """Whatever was written, in whatever script, nested however deep."""
    whole, shown = parse(text), parts(text, limits)

    assert said(shown) == said([whole])
    for part in shown:
        is_file = limits.files and len(part) == 1 and isinstance(part[0], Code)
        assert length(part, limits.unit) <= limits.max_chars or is_file


@slowly
@given(text=markdown, limits=limits)
def test_code_stays_code_of_its_language(text: str, limits: TextLimits) -> None:
    """A fence that was cut is closed, and opened again in the next part."""
    whole, shown = list(codes(parse(text))), [code for part in parts(text, limits) for code in codes(part)]

    for code in whole:
        lines, language = code.text.split(), code.language
        found = [line for one in shown if one.language == language for line in one.text.split()]
        assert "".join(lines) in "".join(found)


@slowly
@given(text=markdown)
def test_a_text_that_fits_is_left_as_it_is(text: str) -> None:
    assert split(text, TextLimits(1_000_000)) == [text]
    assert split(text, None) == [text]


@settings(slowly, max_examples=25)
@given(
    blocks=st.lists(
        st.sampled_from(
            [
                PARAGRAPH,
                "A line.",
                "- one\n- two\n- three, which is longer",
                "1. first\n2. second",
                "```python\nprint('a line of code')\nprint('another')\n```",
                "| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |",
                "> Somebody said this. And then that.",
                "日本語の文です。もう一つの文です。",
            ]
        ),
        min_size=2,
        max_size=8,
    )
)
def test_a_text_that_grows_is_cut_where_it_was_cut_before(blocks: list[str]) -> None:
    """Otherwise what a reader has read would jump from one message to the next."""
    text = "\n\n".join(blocks)
    cut = [split(text[:end], small, growing=True) for end in range(0, len(text), 2)]

    assert len({before[0] for before in cut if len(before) > 1}) <= 1


def test_a_paragraph_is_cut_behind_a_sentence() -> None:
    assert split(f"{PARAGRAPH} {PARAGRAPH}", small) == [
        "The first sentence is short. The second is longer, as it has more words. And a third ends it.",
        "The first sentence is short. The second is longer, as it has more words. And a third ends it.",
    ]


def test_a_long_sentence_is_cut_between_words_and_a_long_word_between_characters() -> None:
    woman = "👩🏽\u200d💻"
    first, second, *_ = split("word " * 40, small)

    assert first.split() + second.split() == ["word"] * 40
    assert [part.count(woman) for part in split(woman * 40, TextLimits(64, TextUnit.UTF16))] == [
        9,
        9,
        9,
        9,
        4,
    ]


def test_styles_go_on_behind_the_cut() -> None:
    first, second = split(f"**{'bold ' * 30}end**", small)

    assert first.startswith("**bold") and first.endswith("bold**")
    assert second.startswith("**bold") and second.endswith("end**")


def test_a_list_that_fits_into_a_message_stays_whole() -> None:
    items = "\n".join(f"{number}. an item" for number in range(1, 8))

    before, after = parts(f"{PARAGRAPH}\n\n{items}")

    assert [type(block) for block in before] == [Paragraph]
    assert isinstance(after[0], List)
    assert len(after[0].items) == 7


def test_the_numbers_of_a_longer_list_go_on() -> None:
    shown = parts("\n".join(f"{number}. an item of a list" for number in range(3, 20)))
    lists = [part[0] for part in shown]

    assert len(lists) > 2
    number = 3
    for part in lists:
        assert isinstance(part, List)
        assert part.start == number
        number += len(part.items)


def test_a_table_that_is_cut_has_its_header_everywhere() -> None:
    rows = "\n".join(f"| {number} | word |" for number in range(30))
    shown = [part[0] for part in parts(f"| number | text |\n|---:|---|\n{rows}")]

    assert len(shown) > 2
    for table in shown:
        assert isinstance(table, Table)
        assert lay_out((table,)).text.startswith("number │ text")
        assert table.align == ("right", "")


def test_a_heading_goes_with_what_it_announces() -> None:
    first, second = parts(f"{PARAGRAPH}\n\n## Then\n\n- {'a list ' * 10}")

    assert len(first) == 1
    assert isinstance(second[0], Heading)


def test_long_code_is_a_part_of_its_own_where_there_are_files() -> None:
    code = "\n".join(f"line_{number} = {number}" for number in range(50))
    text = f"Look:\n\n```python job.py\n{code}\n```\n\nThat is all."

    assert parts(text, TextLimits(100, files=True))[1] == (Code(code, "python", "job.py"),)
    cut = [part for part in parts(text) if isinstance(part[0], Code)]
    assert len(cut) > 5
    assert "\n".join(part[0].text for part in cut if isinstance(part[0], Code)) == code


@pytest.mark.parametrize("unit", list(TextUnit))
@pytest.mark.parametrize("size", [1, 4096, 200_000])
def test_any_length_is_cut_into_few_parts(unit: TextUnit, size: int) -> None:
    text = ("Ein Wort folgt dem anderen. " * (size // 28 + 1))[:size]
    shown = split(text, TextLimits(4096, unit))

    assert len(shown) <= size // 4000 + 1
    assert " ".join(shown).split() == text.split()


@pytest.mark.parametrize("sign", ["*", "_a ", "[", "[a](", "`", "| ", "> - ", "@a.", "||a "])
def test_a_long_row_of_signs_is_cut_as_any_text(sign: str) -> None:
    """In a time that lets the test end: what opens and never closes tempts to look back again and again."""
    text = sign * (10_000 // len(sign))

    assert said(parts(text, TextLimits(4096))) == said([parse(text)])
    assert parse(text, growing=True)


def test_a_limit_that_is_too_small_is_refused() -> None:
    with pytest.raises(ValueError, match="64"):
        TextLimits(10)
