"""Text from outside can't command the terminal."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from botcore_terminal.sanitize import clean, clean_line


@given(st.text(st.characters(exclude_categories=())))
def test_no_control_character_but_newline_and_tab_passes(text: str) -> None:
    cleaned = clean(text)

    assert not [char for char in cleaned if unicodedata.category(char) == "Cc" and char not in "\n\t"]
    cleaned.encode()  # no lone surrogate either


@given(
    st.text(
        st.characters(
            exclude_categories=("Cc", "Cs"),
            exclude_characters="\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069",
        )
    )
)
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert clean(text) == text


def test_an_escape_sequence_becomes_visible() -> None:
    assert clean("\x1b]0;title\x07 \x1b[2J \x9b31m") == "␛]0;title␇ ␛[2J �31m"


def test_text_can_not_be_turned_around() -> None:
    assert "\u202e" not in clean("user\u202etxt.exe")


def test_carriage_returns_are_line_ends() -> None:
    assert clean("one\r\ntwo\rthree") == "one\ntwo\nthree"


def test_a_line_stays_one_line() -> None:
    assert clean_line("Reading\npart 2\tof 5\r\n") == "Reading part 2 of 5"
