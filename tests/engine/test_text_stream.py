"""Text comes out whole characters at a time and ends before a stop string."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from botcore_llama.text_stream import TextStream
from botcore_llama.tokenizer import Tokenizer

BYTES = Tokenizer({bytes([byte]): byte for byte in range(256)})  # a token for each byte


def stream(data: bytes, stop: list[str] | None = None) -> list[str]:
    text = TextStream(BYTES, stop or [])
    pieces = [text.push(token) for token in data]
    return [*pieces, text.finish()]


def test_a_character_waits_for_its_last_byte() -> None:
    assert stream("aü€👩".encode()) == ["a", "", "ü", "", "", "€", "", "", "", "👩", ""]


def test_an_unfinished_character_at_the_end_is_dropped() -> None:
    assert "".join(stream("ab👩".encode()[:-1])) == "ab"


def test_bytes_that_are_no_text_are_marked() -> None:
    assert "".join(stream(b"a\xffb")) == "a\ufffdb"


def test_ends_before_the_stop_string() -> None:
    assert "".join(stream(b"one two three", ["two"])) == "one "


def test_ends_before_the_first_of_several() -> None:
    assert "".join(stream(b"one two three", ["three", "two"])) == "one "


def test_holds_back_what_may_become_a_stop_string() -> None:
    assert stream(b"a<en<end", ["<end>"])[:4] == ["a", "", "", ""]
    assert "".join(stream(b"a<en<end", ["<end>"])) == "a<en<end"


def test_special_tokens_are_no_text() -> None:
    text = TextStream(BYTES)

    assert text.push(BYTES.end_of_turn) == ""
    assert text.push(BYTES.special["<|python_tag|>"]) == ""
    assert text.finish() == ""


@given(st.text(), st.lists(st.text(min_size=1, max_size=3), max_size=3))
def test_gives_what_stands_before_the_first_stop_string(text: str, stop: list[str]) -> None:
    pieces = stream(text.encode(), stop)

    wanted = text
    for one in stop:
        wanted = wanted.partition(one)[0]
    assert "".join(pieces) == wanted


@given(st.text(alphabet="ab<", max_size=30), st.lists(st.text("ab<", min_size=1, max_size=4), max_size=3))
def test_so_also_when_stop_strings_overlap(text: str, stop: list[str]) -> None:
    given_out = "".join(stream(text.encode(), stop))

    assert text.startswith(given_out)
    assert not any(one in given_out for one in stop)


@given(st.binary())
def test_never_gives_broken_text(data: bytes) -> None:
    assert all(piece.encode() is not None for piece in stream(data))
