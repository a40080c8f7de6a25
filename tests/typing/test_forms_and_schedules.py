"""The plugins of docs/writing-a-plugin.md, tested as their authors would."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from botcore import FormRefused
from botcore.testing import Chat, FakeEngine
from tests.typing import canteen, reminder

DOCUMENT = Path(__file__).parents[2] / "docs/writing-a-plugin.md"


@pytest.mark.parametrize("name", ["canteen", "reminder"])
def test_the_document_shows_this_very_code(name: str) -> None:
    code = (Path(__file__).parent / f"{name}.py").read_text().partition('"""\n\n')[2]

    assert code in DOCUMENT.read_text()


async def test_lunch_is_ordered() -> None:
    chat = Chat(canteen.plugin, FakeEngine())
    await chat.say("/order")

    with pytest.raises(FormRefused, match="9 at most"):
        await chat.submit(dish="soup", portions=12)
    assert await chat.submit(dish="soup", portions=2) == "2 soup for Ana, today."


async def test_a_reminder_comes_in_time() -> None:
    chat = Chat(reminder.plugin, FakeEngine(), now=datetime(2026, 3, 31, 8, tzinfo=UTC))
    await chat.say("/remind 2026-03-31T15:00 call Bo")

    assert await chat.advance(hours=6) == []
    assert await chat.advance(hours=2) == ["You wanted to call Bo."]


async def test_the_team_is_asked_on_workdays() -> None:
    friday = datetime(2026, 4, 3, 8, tzinfo=UTC)
    chat = Chat(reminder.plugin, FakeEngine(), now=friday)
    await chat.say("/schedules on standup")

    assert await chat.advance(days=3) == ["Good morning! What are you up to?"]
