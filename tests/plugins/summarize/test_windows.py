from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from botcore import Message
from botcore_summarize.talk import Line
from botcore_summarize.windows import Fits, cut_windows

LENGTHS = st.lists(st.integers(1, 30), min_size=1, max_size=120)


def lines_of(lengths: Sequence[int]) -> list[Line]:
    return [Line(number, Message(str(number), "Ana", "x" * n)) for number, n in enumerate(lengths, 1)]


def at_most(room: int) -> Fits:
    async def fits(lines: Sequence[Line]) -> bool:
        return sum(len(line.message.text) for line in lines) <= room

    return fits


@given(LENGTHS, st.integers(5, 200))
async def test_windows_hold_every_message_once_and_fit(lengths: list[int], room: int) -> None:
    lines = lines_of(lengths)

    windows = await cut_windows(lines, at_most(room))

    assert [line for window in windows for line in window] == lines
    assert all([len(window) == 1 or await at_most(room)(window) for window in windows])


@given(LENGTHS, st.integers(30, 200), st.data())
async def test_the_cuts_do_not_depend_on_what_was_asked_for(
    lengths: list[int], room: int, data: st.DataObject
) -> None:
    lines = lines_of(lengths)
    begin = data.draw(st.integers(0, len(lines) - 1))
    end = data.draw(st.integers(begin + 1, len(lines)))

    whole = await cut_windows(lines, at_most(room))
    asked = await cut_windows(lines[begin:end], at_most(room))

    assert [line for window in asked for line in window] == lines[begin:end]
    assert all(window in whole for window in asked[1:-1])  # only the two ends may differ


async def test_a_chat_that_grew_has_its_old_windows_again() -> None:
    grown = lines_of([10] * 100)

    old = await cut_windows(grown[:64], at_most(80))
    new = await cut_windows(grown, at_most(80))

    assert new[: len(old) - 1] == old[:-1]


async def test_what_fits_as_a_whole_is_not_cut() -> None:
    lines = lines_of([1] * 100)

    assert await cut_windows(lines, at_most(100)) == [lines]
    assert await cut_windows([], at_most(1)) == []
