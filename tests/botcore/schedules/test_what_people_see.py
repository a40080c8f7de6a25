"""What is planned is shown to people, and switched on and off, removed and forgotten by them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from botcore import Author
from botcore.schedules.command import NO_RIGHT, SOME_BUTTONS
from botcore.testing import FakeEngine, MemoryAdapter
from tests.botcore.running_bot import Running
from tests.botcore.schedules.reminding import A_DAY, AN_HOUR, Clock, reminding, unasked


async def test_what_is_planned_is_shown_and_removed(tmp_path: Path) -> None:
    async with reminding(tmp_path, Clock()) as at:
        await at.ask("/timezone Europe/Berlin")
        await at.ask("/daily tea")
        shown = await at.ask("/schedules")
        assert "at 09:00 every day" in shown.lower()
        assert "(Europe/Berlin), next on 2026-03-03 09:00" in shown
        assert "is planned no more" in await (await at.adapter.press("Remove 1")).answer()
        await at.ask("/daily tea")
        assert await at.ask("/end") == "Ended."
        assert await at.bot.schedules.next_due() is None


async def test_what_a_plugin_offers_is_switched_on_and_has_all_that_a_command_has(tmp_path: Path) -> None:
    clock = Clock()
    async with reminding(tmp_path, clock, answer="a digest") as at:
        await at.ask("hi")
        offered = await at.ask("/schedules")
        on = await at.ask("/schedules on digest")
        clock.now += timedelta(minutes=31)
        await at.bot.schedules.look()
        said = await unasked(at)
        off = await at.ask("/schedules off digest")
        engine = at.bot.engine

    assert "`reminder.digest`: Summarize the day, at 08:30 on Monday through Friday" in offered
    assert (
        on
        == "“Summarize the day” is on: at 08:30 on Monday through Friday (UTC), next on 2026-03-02 08:30 UTC."
    )
    assert said == ["a digest"]
    assert isinstance(engine, FakeEngine)
    assert engine.requests[-1].messages[-1].text == "2 said"
    assert off == "“Summarize the day” is off."


async def test_two_who_switch_the_same_on_at_once_have_it_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def not_yet(*_: object) -> list[object]:
        return []

    async with reminding(tmp_path, Clock()) as at:
        with monkeypatch.context() as before:
            before.setattr("botcore.store.schedule_store.ScheduleStore.of_conversation", not_yet)
            answers = [await at.ask("/schedules on digest"), await at.ask("/schedules on digest")]
        shown = await at.ask("/schedules")
        off = await at.ask("/schedules off digest")
        on = await at.ask("/schedules on digest")

    assert all("“Summarize the day” is on: " in answer for answer in answers)
    assert shown.count("Summarize the day") == 1
    assert off == "“Summarize the day” is off."
    assert "is on: " in on


async def test_a_long_list_says_how_the_rest_is_changed(tmp_path: Path) -> None:
    async with reminding(tmp_path, Clock()) as at:
        for number in range(7):
            await at.ask(f"/remind {number + 30} {number}")
        all_fit = await at.ask("/schedules")
        await at.ask("/daily tea")
        shown = await at.ask("/schedules")
        on = await (await at.adapter.press("Switch reminder.digest on")).answer()

    assert SOME_BUTTONS not in all_fit
    assert SOME_BUTTONS in shown
    assert "is on: " in on


async def test_in_a_group_members_remove_their_own_and_admins_the_rest(tmp_path: Path) -> None:
    adapter = MemoryAdapter(trusted=False)
    group: dict[str, Any] = {"chat": "group", "direct": False}
    async with reminding(tmp_path, Clock(), adapter=adapter) as at:
        await at.adapter.post("hi")
        await at.bot.access.desk.set_tenant("memory", "test", allowed=True)
        await at.ask("/daily tea", **group)
        planned = (await at.ask("/schedules", **group)).partition("(`")[2][:8]
        assert await at.ask(f"/schedules remove {planned}", author=Author("ben", "Ben"), **group) == NO_RIGHT
        assert await at.ask("/schedules on digest", **group) == NO_RIGHT
        assert "planned no more" in await at.ask(f"/schedules remove {planned}", **group)


async def be_reminded_of_tea(at: Running, clock: Clock) -> None:
    await at.ask("/daily tea")
    clock.now += AN_HOUR
    await at.bot.schedules.look()
    await unasked(at)


async def test_forgetting_somebody_forgets_what_they_planned_and_what_was_said_then(tmp_path: Path) -> None:
    clock = Clock()
    async with reminding(tmp_path, clock) as at:
        await be_reminded_of_tea(at, clock)
        exported = await at.ask("/privacy export")
        await at.ask("/privacy forget")
        await at.ask("/privacy forget yes")
        assert await at.bot.schedules.next_due() is None
        kept = await at.ask("/privacy export")

    assert '"title": "every day"' in exported
    assert "Remember tea!" in exported
    assert '"planned": []' in kept
    assert "Remember tea!" not in kept


async def test_what_schedules_did_goes_when_it_is_too_old(tmp_path: Path) -> None:
    clock = Clock()
    async with reminding(tmp_path, clock) as at:
        await be_reminded_of_tea(at, clock)
        await at.bot.access.privacy.sweep(datetime.now(UTC) + 100 * A_DAY)
        exported = await at.ask("/privacy export")

    assert "Remember tea!" not in exported
    assert '"title": "every day"' in exported  # it goes on
