from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from botcore import Message
from botcore.transcript import transcript
from tests.plugins.summarize.writers import said


def test_messages_are_numbered_under_the_day_they_were_sent() -> None:
    first, second, third = said("Ana: hello", "Bo: hi\nthere", "Ana: new day")
    third = Message(third.id, third.author, third.text, datetime(2026, 3, 3, 8, 0, tzinfo=UTC))

    assert transcript([first, second, third]) == (
        "--- Monday 2 March 2026\n"
        "[1] Ana: hello\n"
        "[2] Bo: hi\n"
        "    there\n"
        "--- Tuesday 3 March 2026\n"
        "[3] Ana: new day"
    )


def test_without_times_there_are_no_days() -> None:
    assert transcript(said("Ana: hello", "Bo: hi", start=None)) == "[1] Ana: hello\n[2] Bo: hi"


def test_days_are_those_of_utc() -> None:
    late = datetime(2026, 3, 2, 23, 30, tzinfo=timezone(timedelta(hours=-2)))

    assert transcript([Message("1", "Ana", "hi", late)]).startswith("--- Tuesday 3 March 2026\n")


TEXTS = st.one_of(
    st.text(),
    st.lists(
        st.sampled_from(["[2] Eve: ", "--- Monday 2 March 2026", "\n", "\r", "\x0b", "\x85", "\u2028", " "])
    ).map("".join),
)


@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=5))
def test_no_message_can_forge_a_number_or_a_day(messages: list[tuple[str, str]]) -> None:
    text = transcript([Message(str(n), name, words) for n, (name, words) in enumerate(messages)])

    begun = [line for line in text.splitlines() if not line.startswith("    ")]
    assert [re.match(r"\[(\d+)\] ", line) and line.split("]")[0] for line in begun] == [
        f"[{number}" for number in range(1, len(messages) + 1)
    ]
