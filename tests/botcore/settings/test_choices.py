"""Which settings of the installed plugins people may choose."""

from __future__ import annotations

import pytest

from botcore.discovery import load_plugins
from botcore.settings.choices import choosable


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("chat", ["history_turns"]),
        ("code", ["language", "messages"]),
        ("draft", ["tone", "length", "messages"]),
        ("summarize", ["last"]),
    ],
)
def test_people_choose_what_is_not_the_operator_s(name: str, fields: list[str]) -> None:
    [plugin] = [one for one in load_plugins() if one.name == name]
    assert plugin.settings is not None
    found = choosable(plugin.settings)

    assert [field.name for field in found] == fields
    assert all(field.label for field in found)
