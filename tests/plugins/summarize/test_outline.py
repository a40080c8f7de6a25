from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botcore import Message
from botcore_summarize.outline import outline
from botcore_summarize.summary import Section
from botcore_summarize.talk import Line, Talk
from tests.plugins.summarize.writers import RELEASE, said, talk_of


def quoted(talk: Talk, count: int = 3) -> list[int]:
    draft = outline(talk.lines, "the model slept", count)
    assert draft.outlined == ("the model slept",)
    return [bullet.lines[0].number for bullet in draft.sections[Section.TLDR]]


def test_the_first_message_and_those_most_in_common_are_quoted() -> None:
    talk = talk_of(
        said(
            "Ana: the parser loses comments",
            "Bo: hm",
            "Bo: which comments does the parser lose?",
            "Ana: the lexer drops comments",
            "Bo: lunch?",
            "Ana: I see",
            "Bo: a new parser keeps the comments",
        )
    )

    assert quoted(talk) == [1, 3, 4, 7]


def test_links_do_not_make_a_message_weigh_more() -> None:
    link = "https://ci.example/parser/comments/lexer"
    talk = talk_of(
        said("Ana: the parser again", f"Bo: {link}", "Bo: the parser loses text", f"Ana: see {link}")
    )

    assert quoted(talk, 1) == [1, 3]


def test_the_end_of_a_chat_has_no_first_message() -> None:
    assert quoted(talk_of(RELEASE).last(1)) == [4]


@given(st.lists(st.text(), min_size=1, max_size=40), st.integers(1, 12), st.integers(1, 3))
def test_messages_are_quoted_once_and_in_order(texts: list[str], count: int, start: int) -> None:
    lines = tuple(Line(n, Message(str(n), "Ana", text)) for n, text in enumerate(texts, start))

    numbers = quoted(Talk("team", lines), count)

    assert numbers == sorted(set(numbers))
    assert 1 <= len(numbers) <= count + 1


@pytest.mark.parametrize("text", ["word " * 100, "w" * 500])
def test_a_long_message_is_quoted_shortly(text: str) -> None:
    (bullet,) = outline(talk_of(said(f"Ana: {text}")).lines, "").sections[Section.TLDR]

    assert len(bullet.text) <= 160
    assert bullet.text.endswith("…")
