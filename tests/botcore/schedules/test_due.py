"""What is planned is done once for each time it is due, late or not at all."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.botcore.schedules.reminding import A_DAY, AN_HOUR, MONDAY, Clock, reminding, unasked


async def test_a_reminder_comes_at_its_time_and_once(tmp_path: Path) -> None:
    clock = Clock()
    async with reminding(tmp_path, clock) as at:
        await at.ask("/remind 30 lunch")
        shown = await at.ask("/schedules")
        assert await at.bot.schedules.look() == 0
        clock.now += timedelta(minutes=30)
        assert await at.bot.schedules.look() == 1
        assert await at.bot.schedules.look() == 0
        said = await unasked(at)
        after = await at.ask("/schedules")

    assert "**remind of lunch**: on 2026-03-02 08:30 UTC" in shown
    assert said == ["Remember lunch!"]
    assert after.startswith("Nothing is planned here.")


async def test_it_is_done_once_even_if_the_bot_ends_in_between(tmp_path: Path) -> None:
    clock = Clock()
    async with reminding(tmp_path, clock) as at:
        await at.ask("/daily tea")
        [due] = await at.bot.schedules._store.due(MONDAY + A_DAY, 10)
    clock.now += AN_HOUR
    async with reminding(tmp_path, clock) as at:
        said = await unasked(at)
        # A process that died before it had noted the next time would do this again.
        await at.bot.schedules._store.put_off(
            (await at.bot.schedules._store.due(MONDAY + 3 * A_DAY, 10))[0], due.schedule.due_at
        )
        assert await at.bot.schedules.look() == 0
        assert await unasked(at) == said == ["Remember tea!"]


@pytest.mark.parametrize(("down", "runs"), [(timedelta(hours=1, minutes=50), 1), (timedelta(hours=3), 0)])
async def test_after_a_downtime_it_is_late_once_or_left_out(
    tmp_path: Path, down: timedelta, runs: int
) -> None:
    clock = Clock()
    async with reminding(tmp_path, clock) as at:
        await at.ask("/daily tea")
    clock.now += down + (0 if runs else 5) * A_DAY
    async with reminding(tmp_path, clock) as at:
        assert await at.bot.schedules.look() in (0, runs)
        if runs:
            assert await unasked(at) == ["Remember tea!"]
        due = await at.bot.schedules.next_due()
        said = await unasked(at, count=runs)

    assert due is not None
    assert clock.now < due <= clock.now + A_DAY
    assert len(said) == runs


async def test_a_turn_that_fails_plans_nothing(tmp_path: Path) -> None:
    async with reminding(tmp_path, Clock()) as at:
        await at.ask("/plan_and_fail")
        assert await at.bot.schedules.next_due() is None


async def test_a_clock_that_is_set_back_silences_nothing(tmp_path: Path) -> None:
    clock = Clock(MONDAY + 3 * A_DAY)
    async with reminding(tmp_path, clock) as at:
        await at.ask("/daily tea")
        await at.bot.schedules.look()
        clock.now = MONDAY
        await at.bot.schedules.look()
        assert await at.bot.schedules.next_due() == MONDAY + AN_HOUR
        clock.now += AN_HOUR
        assert await at.bot.schedules.look() == 1


async def test_whatever_is_due_the_bot_looks_for_it_no_more_than_now_and_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = 0

    async def overdue(*_: object) -> datetime:
        nonlocal looks
        looks += 1
        return MONDAY - AN_HOUR

    monkeypatch.setattr("botcore.store.schedule_store.ScheduleStore.next_due", overdue)
    async with reminding(tmp_path, Clock()):
        await asyncio.sleep(0.1)

    assert looks == 1
