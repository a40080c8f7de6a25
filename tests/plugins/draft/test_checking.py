from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botcore_draft.checking import Checker, missing
from botcore_draft.facts import known
from botcore_draft.report import blanks


def checked(text: str, notes: str) -> str:
    checker = Checker(known(notes))
    return checker.feed(text) + checker.rest()


@pytest.mark.parametrize(
    ("notes", "text"),
    [
        ("on 2026-03-02", "on 2026-03-02."),
        ("at 10:30", "at 10.30"),
        ("at 10", "at 10:00 o'clock"),
        ("costs 1,000", "It costs 1000 euros"),
        ("02.03.", "on 2.3."),
        ("see https://x.y/a?b=1", "(see https://x.y/a?b=1)."),
        ("see https://x.y/", "[here](https://x.y)"),
        ("fri, 2 pm", "on Friday at 2 pm"),
        ("three people", "3 people"),
        ("ask @bo_k", "@bo_k, please"),
        ("mail a.b@x.org", "Write to A.B@x.org!"),
        ("写信给bo@x.org", "请写信给 bo@x.org"),
        ("release v2.1.4", "v2.1.4 is out"),
        ("anything", "1. first\n2. second\n\n10) tenth"),
        ("anything", "march on, you may; one of us can"),
    ],
)
def test_what_was_given_stays_as_the_model_wrote_it(notes: str, text: str) -> None:
    assert checked(text, notes) == text


@pytest.mark.parametrize(
    ("notes", "text", "instead"),
    [
        ("at 10:30", "at 17:30", "at [time]"),
        ("on 2 May", "on 2026-05-02", "on [date]"),
        ("5 people", "15 people", "[number] people"),
        ("see https://x.y/a", "see https://x.y/b, please", "see [link], please"),
        ("see https://x.y/a", "see www.x.y", "see [link]"),
        ("ask Bo", "ask @bo or bo@x.org", "ask [name] or [e-mail address]"),
        ("soon", "by tomorrow or on Sunday, 3 March", "by [date] or on [date], [number] [date]"),
        ("we move", "@channel we move", "[name] we move"),
        ("two", "2 of 3", "2 of [number]"),
        ("two", "as [2] and [3] say", "as [2] and [number] say"),
    ],
)
def test_what_was_not_given_becomes_a_blank(notes: str, text: str, instead: str) -> None:
    assert checked(text, notes) == instead


@given(cuts=st.lists(st.integers(0, 90), max_size=12))
def test_the_pieces_it_comes_in_make_no_difference(cuts: list[int]) -> None:
    text = "Hello Bo,\n\n1. at 10:30 and 17:00, https://x.y/a or https://x.y/b\n2. mail a@b.org on Monday"
    edges = sorted({0, *cuts, len(text)})
    checker = Checker(known("at 10:30 see https://x.y/a"))

    pieces = [checker.feed(text[start:end]) for start, end in itertools.pairwise(edges)]

    assert "".join([*pieces, checker.rest()]) == checked(text, "at 10:30 see https://x.y/a")


@pytest.mark.parametrize(
    ("notes", "text", "lost"),
    [
        ("Bo, Friday 10:30", "Bo, on Friday at 10.30", []),
        ("3 people", "three people", []),
        ("friday at 5pm, ask @bo", "soon", ["friday", "5", "@bo"]),
        ("run `rm -r x` twice", "run `rm -f x` twice", ["rm -r x"]),
        ("run `rm -r x`", "run rm -r x", []),
        ("see https://x.y/1 and 7, 7, 7", "see it", ["https://x.y/1", "7"]),
        ("this:\n```\na = 1\nb = 2\n```", "this:\n\n```python\na = 1\nb = 2\n```", []),
    ],
)
def test_what_the_notes_had_and_the_draft_has_not_is_listed(notes: str, text: str, lost: list[str]) -> None:
    assert missing(notes, text) == lost


def test_blanks_are_listed_once_and_nothing_else_is_one() -> None:
    text = "[date] and [date], [a name]; [ ] [x] [1] [link](https://x.y) a[index] `[code]`"

    assert blanks(text) == ["[date]", "[a name]"]


@given(text=st.text())
def test_any_text_can_be_checked(text: str) -> None:
    checker = Checker(known(text))

    assert checker.feed(text) + checker.rest() == text.strip()
    assert missing(text, text) == []
