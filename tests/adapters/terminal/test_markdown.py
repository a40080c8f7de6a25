"""Markdown appears as a terminal can show it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from botcore_terminal.markdown import Line, finished_length, render
from botcore_terminal.sanitize import clean

CONSOLE = Console(width=200, height=50, force_terminal=True, color_system="truecolor", _environ={})
MARKUP = st.lists(
    st.sampled_from([
        "word", " ", "\n", "\n\n", "# ", "- ", "1. ", "> ", "    ", "```", "```py\n", "`", "*", "**", "_",
        "| a | b |\n|---|---|\n", "|", "[x](http://y)", "![x](y)", "<b>", "</kbd>", "<kbd>", "---\n",
        "漢字", "🌍", "\x1b[31m", "\t", "~~", "[", "]", "(", "\\", "10000000. ", "&#27;", "&#x202e;",
    ]),
    max_size=40,
).map("".join).map(clean)  # fmt: skip


def shown(text: str, width: int = 60) -> str:
    return "\n".join(plain(line) for line in render(CONSOLE, text, width))


def plain(line: Line) -> str:
    return "".join(segment.text for segment in line)


@settings(deadline=None)
@given(MARKUP, st.integers(1, 90))
def test_any_markup_fits_the_width_and_holds_no_control_character(text: str, width: int) -> None:
    for line in render(CONSOLE, text, width):
        assert not re.search(r"[\x00-\x1f\x7f-\x9f]", plain(line))
        assert sum(segment.cell_length for segment in line) <= max(width, 8)


@settings(deadline=None)
@given(MARKUP, st.integers(8, 90))
def test_no_word_gets_lost(text: str, width: int) -> None:
    for hidden in ("```py\n", "```", "~~", "|"):  # before the name of a language, between columns
        text = text.replace(hidden, "")

    letters = re.sub(r"[^a-z]", "", shown(text, width))  # a narrow line may break a word

    assert letters.count("word") == text.count("word")


def test_html_is_shown_as_it_was_written() -> None:
    assert shown("a vector<int> and </kbd> <think>") == "a vector<int> and </kbd> <think>"


def test_a_link_shows_where_it_leads() -> None:
    assert shown("[my bank](https://evil.example)") == "my bank (https://evil.example)"


def test_an_image_is_not_hidden() -> None:
    assert "https://evil.example/x.png" in shown("![](https://evil.example/x.png)")


def test_a_source_below_an_answer_is_not_swallowed() -> None:
    assert (
        shown("As they say [1].\n\n[1]: https://example.org")
        == "As they say [1].\n\n[1]: https://example.org"
    )


def test_an_entity_can_not_smuggle_what_the_text_may_not_hold() -> None:
    assert "\u202e" not in shown("user&#x202e;txt.exe")


def test_line_breaks_of_a_poem_stay() -> None:
    assert shown("old pond\na frog jumps in") == "old pond\na frog jumps in"


@pytest.mark.parametrize("deep", ["- " * 60 + "word\n\nafter", ">" * 60 + " word\n\nafter"])
def test_lists_and_quotes_too_deep_to_lay_out_are_shown_plainly(deep: str) -> None:
    assert "word" in shown(deep)
    assert shown(deep).endswith("after")


def test_code_keeps_its_indentation_and_no_trailing_blanks() -> None:
    assert shown("```python\ndef f():\n    return 1\n```") == "  def f():\n      return 1"


def test_one_blank_line_stands_between_blocks() -> None:
    text = shown("Before\n\n| a |\n|---|\n| b |\n\n---\n\n# After\n\n- one\n- two\n\n> quote")

    assert "\n\n\n" not in text
    assert text.count("\n\n") == 5


def test_only_the_last_block_can_still_change() -> None:
    text = "# Title\n\nA paragraph\n\n- one\n- two"

    assert text[: finished_length(text)] == "# Title\n\nA paragraph\n\n"


@settings(deadline=None)
@given(MARKUP)
def test_what_is_finished_stays_finished(text: str) -> None:
    done = 0
    for end in range(len(text) + 1):
        length = finished_length(text[:end])
        assert length >= done
        done = length
