from __future__ import annotations

import pytest

from botcore_draft.notes import read_notes


@pytest.mark.parametrize(
    ("typed", "notes"),
    [
        ("", ()),
        ("we meet", ("we meet",)),
        ("to Bo; we meet;", ("to Bo", "we meet")),
        ("to Bo\nwe meet", ("to Bo", "we meet")),
        ("- to Bo\n* we meet\n• bring tea\n•and cake", ("to Bo", "we meet", "bring tea", "and cake")),
        ("1. to Bo\n2) we meet", ("to Bo", "we meet")),
        ("2. May: we meet", ("2. May: we meet",)),
        ("2. May: we meet\n9. May: we part", ("2. May: we meet", "9. May: we part")),
        ("- first; half\n- second", ("first; half", "second")),
        ("run `a; b`; see https://x.y/?a=1;b=2", ("run `a; b`", "see https://x.y/?a=1;b=2")),
        ("-5 degrees\n-- nothing", ("-5 degrees", "-- nothing")),
        ("run this:\n```\na = 1\n\n- b\n```\nto Bo", ("run this:\n```\na = 1\n\n- b\n```", "to Bo")),
    ],
)
def test_notes_are_read_as_people_type_them(typed: str, notes: tuple[str, ...]) -> None:
    assert read_notes(typed) == notes
