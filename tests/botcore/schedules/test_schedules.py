"""What is done at a certain time: once for each time it is due, on people's clocks, late or not at all."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from botcore import (
    Author,
    Capability,
    Context,
    Conversation,
    ConversationKey,
    Engine,
    Ledger,
    ModelMessage,
    Pieces,
    Plugin,
    PluginStore,
    Schedules,
)
from botcore.access.roles import UserRole
from botcore.errors import PluginError
from botcore.schedules.command import NO_RIGHT, SOME_BUTTONS
from botcore.schedules.times import next_time
from botcore.store.audit import Actor
from botcore.testing import FakeEngine, MemoryAdapter
from tests.botcore.access.rooms import Club
from tests.botcore.running_bot import Running, running, talking_plugin

MONDAY = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
AN_HOUR, A_DAY = timedelta(hours=1), timedelta(days=1)
ALL = (Capability.SCHEDULE, Capability.SEND_UNASKED, Capability.HISTORY)


@pytest.fixture(autouse=True)
def at_the_test_s_word(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the bot look at its start only, and then when the test says so."""
    monkeypatch.setattr("botcore.schedules.runner.LOOK_SECONDS", 3600.0)
    monkeypatch.setattr("botcore.turns.RETRY_SECONDS", 0.01)


class Clock:
    """A clock on the wall that the test sets."""

    def __init__(self, now: datetime = MONDAY) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def reminding_plugin() -> Plugin:
    plugin = Plugin("reminder", capabilities=ALL)

    @plugin.command("remind")
    async def remind(schedules: Schedules, *, minutes: int, what: str) -> str:
        """Remind you of something."""
        when = MONDAY + timedelta(minutes=minutes)
        await schedules.at(when, "remember", what, title=f"remind of {what}")
        return "I will."

    @plugin.command("daily")
    async def daily(schedules: Schedules, *, what: str) -> str:
        await schedules.every("0 9 * * *", "remember", what, title="every day")
        return "Daily."

    @plugin.command("plan_and_fail")
    async def plan_and_fail(schedules: Schedules) -> str:
        await schedules.every("0 9 * * *", "remember", "x")
        raise RuntimeError("planned")

    @plugin.command("end")
    async def end(schedules: Schedules) -> str:
        for one in await schedules.planned():
            schedules.remove(one.id)
        return "Ended."

    @plugin.action("remember")
    async def remember(context: Context, store: PluginStore, *, what: str) -> str:
        count = await store.get("count")
        store.set("count", (count if isinstance(count, int) else 0) + 1)
        return f"Remember {what}!"

    @plugin.every("30 8 * * 1-5", zone="UTC")
    async def digest(ledger: Ledger, engine: Engine, conversation: Conversation) -> Pieces:
        """Summarize the day."""
        said = await ledger.read(last=10)
        async for piece in engine.stream([ModelMessage.user(f"{len(said)} said")]):
            yield piece

    return plugin


def plugins() -> list[Plugin]:
    return [talking_plugin(), reminding_plugin()]


async def unasked(at: Running, *, count: int = 1) -> list[str]:
    """Return what was said without a question, once that is so much."""

    def said() -> list[str]:
        return [m.text for m in at.adapter.shown.values() if not m.answers and m.is_final]

    await at.until(lambda: len(said()) >= count)
    await asyncio.sleep(0.05)
    return said()


async def test_a_reminder_comes_at_its_time_and_once(tmp_path: Path) -> None:
    clock = Clock()
    async with running(tmp_path, FakeEngine("hello"), plugins=plugins(), now=clock) as at:
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
    async with running(tmp_path, FakeEngine("hello"), plugins=plugins(), now=clock) as at:
        await at.ask("/daily tea")
        [due] = await at.bot.schedules._store.due(MONDAY + A_DAY, 10)
    clock.now += AN_HOUR
    async with running(tmp_path, FakeEngine("hello"), plugins=plugins(), now=clock) as at:
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
    async with running(tmp_path, FakeEngine("hello"), plugins=plugins(), now=clock) as at:
        await at.ask("/daily tea")
    clock.now += down + (0 if runs else 5) * A_DAY
    async with running(tmp_path, FakeEngine("hello"), plugins=plugins(), now=clock) as at:
        assert await at.bot.schedules.look() in (0, runs)
        if runs:
            assert await unasked(at) == ["Remember tea!"]
        due = await at.bot.schedules.next_due()
        said = await unasked(at, count=runs)

    assert due is not None
    assert clock.now < due <= clock.now + A_DAY
    assert len(said) == runs


class SlowClub(Club):
    """A platform that takes a while to say who is where."""

    asking = most = 0  # questions at a time

    async def is_member(self, key: ConversationKey, user_id: str) -> bool:
        self.asking += 1
        self.most = max(self.most, self.asking)
        await asyncio.sleep(0.02)
        self.asking -= 1
        return await super().is_member(key, user_id)


async def in_a_club(at: Running, club: Club) -> None:
    """Let Ana plan a reminder in a group."""
    club.members["group"] = {"ana"}
    await club.post("hi")
    await at.bot.access.desk.set_tenant("memory", "test", allowed=True)
    await at.ask("/remind 30 lunch", chat="group", direct=False)


async def test_a_reminder_waits_for_a_platform_that_does_not_answer(tmp_path: Path) -> None:
    clock, club = Clock(), Club()
    async with running(tmp_path, FakeEngine("hello"), plugins=plugins(), now=clock, adapter=club) as at:
        await in_a_club(at, club)
        at.bot.schedules._clock = lambda: clock.now.timestamp()
        club.is_broken = True
        clock.now += AN_HOUR
        begun = [await at.bot.schedules.look(), await at.bot.schedules.look()]
        asked = len(club.asked)
        club.is_broken = False
        begun.append(await at.bot.schedules.look())
        clock.now += timedelta(minutes=2)
        begun.append(await at.bot.schedules.look())
        said = await unasked(at, count=2)

    assert begun == [0, 0, 0, 1]
    assert asked == 1  # it is not asked at each look
    assert said[-1] == "Remember lunch!"


async def test_platforms_are_asked_beside_each_other_and_not_all_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("botcore.schedules.runner.ASKED_BESIDE", 2)
    clock, club = Clock(), SlowClub()
    async with running(tmp_path, FakeEngine("hello"), plugins=plugins(), now=clock, adapter=club) as at:
        await in_a_club(at, club)
        for chat in ("second", "third"):
            club.members[chat] = {"ana"}
            await at.ask("/remind 30 lunch", chat=chat, direct=False)
        clock.now += AN_HOUR

        assert await at.bot.schedules.look() == 3

    assert club.most == 2


async def test_who_waited_for_what_is_done_no_more_is_told_so(tmp_path: Path) -> None:
    clock, club = Clock(), Club()
    async with running(tmp_path, FakeEngine("hello"), plugins=plugins(), now=clock, adapter=club) as at:
        await in_a_club(at, club)
    clock.now += AN_HOUR
    async with running(tmp_path, FakeEngine("x"), plugins=[talking_plugin()], now=clock, adapter=club) as at:
        at.bot.schedules._clock = lambda: clock.now.timestamp()
        begun = await at.bot.schedules.look()
        waiting = await at.bot.schedules._store.due(clock.now, 10)
        clock.now += A_DAY
        begun += await at.bot.schedules.look()
        await at.until(lambda: any("too late" in shown.text for shown in club.shown.values()))
        await at.bot.schedules.look()
        [told] = [shown.text for shown in club.shown.values() if "too late" in shown.text]
        left = await at.bot.schedules._store.due(clock.now, 10)

    assert begun == 0
    assert len(waiting) == 1
    assert told.startswith("“remind of lunch” was planned for 2026-03-02 08:30 UTC, but I could not do it")
    assert left == []


@pytest.mark.parametrize("is_member", [True, False])
async def test_a_reminder_of_somebody_who_left_is_gone_without_a_word(
    tmp_path: Path, is_member: bool
) -> None:
    clock, club = Clock(), Club()
    async with running(tmp_path, FakeEngine("hello"), plugins=plugins(), now=clock, adapter=club) as at:
        await in_a_club(at, club)
        club.members["group"] = {"ana"} if is_member else set()
        clock.now += AN_HOUR
        assert await at.bot.schedules.look() == is_member
        assert await at.bot.schedules._store.due(clock.now, 10) == []


async def test_what_waits_keeps_nothing_else_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("botcore.schedules.runner.AT_ONCE", 1)
    clock, club = Clock(), Club()
    async with running(tmp_path, FakeEngine("hello"), plugins=plugins(), now=clock, adapter=club) as at:
        await in_a_club(at, club)
        await at.ask("/remind 40 tea")
        club.is_broken = True
        clock.now += AN_HOUR
        assert await at.bot.schedules.look() == 1


async def test_a_turn_that_fails_plans_nothing(tmp_path: Path) -> None:
    async with running(tmp_path, FakeEngine("hello"), plugins=plugins(), now=Clock()) as at:
        await at.ask("/plan_and_fail")
        assert await at.bot.schedules.next_due() is None


async def test_what_is_planned_is_shown_and_removed(tmp_path: Path) -> None:
    async with running(tmp_path, FakeEngine("hello"), plugins=plugins(), now=Clock()) as at:
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
    async with running(tmp_path, FakeEngine("a digest"), plugins=plugins(), now=clock) as at:
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

    async with running(tmp_path, FakeEngine("hello"), plugins=plugins(), now=Clock()) as at:
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
    async with running(tmp_path, FakeEngine("hello"), plugins=plugins(), now=Clock()) as at:
        for number in range(7):
            await at.ask(f"/remind {number + 30} {number}")
        all_fit = await at.ask("/schedules")
        await at.ask("/daily tea")
        shown = await at.ask("/schedules")
        on = await (await at.adapter.press("Switch reminder.digest on")).answer()

    assert SOME_BUTTONS not in all_fit
    assert SOME_BUTTONS in shown
    assert "is on: " in on


async def test_a_muted_chat_hears_nothing_unasked(tmp_path: Path) -> None:
    clock = Clock()
    async with running(tmp_path, FakeEngine("hello"), plugins=plugins(), now=clock) as at:
        await at.ask("/daily tea")
        await at.ask("/schedules mute")
        clock.now += AN_HOUR
        assert await at.bot.schedules.look() == 0
        await at.ask("/schedules unmute")
        clock.now += A_DAY
        assert await at.bot.schedules.look() == 1


async def test_somebody_who_may_not_come_in_any_more_plans_nothing_any_more(tmp_path: Path) -> None:
    clock = Clock()
    adapter = MemoryAdapter(trusted=False)
    async with running(tmp_path, FakeEngine("hello"), plugins=plugins(), now=clock, adapter=adapter) as at:
        await at.adapter.post("hi")
        await at.bot.access.desk.set_tenant("memory", "test", allowed=True)
        await at.ask("/daily tea")
        user = await at.bot.access.desk.store.find_user("memory:ana")
        await at.bot.access.desk.set_role(user, UserRole.REVOKED, Actor())
        clock.now += AN_HOUR
        assert await at.bot.schedules.look() == 0


async def test_in_a_group_members_remove_their_own_and_admins_the_rest(tmp_path: Path) -> None:
    adapter = MemoryAdapter(trusted=False)
    group: dict[str, Any] = {"chat": "group", "direct": False}
    async with running(tmp_path, FakeEngine("hello"), plugins=plugins(), now=Clock(), adapter=adapter) as at:
        await at.adapter.post("hi")
        await at.bot.access.desk.set_tenant("memory", "test", allowed=True)
        await at.ask("/daily tea", **group)
        planned = (await at.ask("/schedules", **group)).partition("(`")[2][:8]
        assert await at.ask(f"/schedules remove {planned}", author=Author("ben", "Ben"), **group) == NO_RIGHT
        assert await at.ask("/schedules on digest", **group) == NO_RIGHT
        assert "planned no more" in await at.ask(f"/schedules remove {planned}", **group)


async def test_a_clock_that_is_set_back_silences_nothing(tmp_path: Path) -> None:
    clock = Clock(MONDAY + 3 * A_DAY)
    async with running(tmp_path, FakeEngine("hello"), plugins=plugins(), now=clock) as at:
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
    async with running(tmp_path, FakeEngine("hello"), plugins=plugins(), now=Clock()):
        await asyncio.sleep(0.1)

    assert looks == 1


async def test_a_plugin_that_did_not_declare_it_says_nothing_at_its_time(tmp_path: Path) -> None:
    clock = Clock()
    plugin = Plugin("loud", capabilities=[Capability.SCHEDULE])

    @plugin.command("plan")
    async def plan(schedules: Schedules) -> str:
        await schedules.every("0 9 * * *", "shout")
        return "Planned."

    @plugin.action("shout")
    async def shout() -> str:
        return "HELLO"

    async with running(tmp_path, FakeEngine("x"), plugins=[talking_plugin(), plugin], now=clock) as at:
        await at.ask("/plan")
        clock.now += AN_HOUR
        assert await at.bot.schedules.look() == 1
        await at.until(lambda: not at.bot._turns._running)
        assert await unasked(at, count=0) == []


def test_a_plugin_that_does_not_declare_it_is_refused() -> None:
    plugin = Plugin("sly")

    async def late(schedules: Schedules) -> None: ...

    async def early() -> None: ...

    with pytest.raises(PluginError, match="SCHEDULE"):
        plugin.command("late")(late)
    with pytest.raises(PluginError, match=r"Capability\.SCHEDULE, Capability\.SEND_UNASKED"):
        plugin.every("0 9 * * *")(early)
    with pytest.raises(PluginError, match="no time to repeat"):
        Plugin("odd", capabilities=ALL).every("whenever")(early)


@pytest.mark.parametrize(
    ("cron", "after", "due"),
    [
        ("0 9 * * *", "2026-03-28T09:30+01:00", "2026-03-29T09:00+02:00"),  # summer time begins
        ("30 2 * * *", "2026-03-28T12:00+01:00", "2026-03-29T03:00+02:00"),  # an hour that is not there
        ("30 2 * * *", "2026-10-25T02:30+02:00", "2026-10-26T02:30+01:00"),  # one that is there twice
    ],
)
def test_people_s_clocks_know_summer_time(cron: str, after: str, due: str) -> None:
    found = next_time(cron, "Europe/Berlin", datetime.fromisoformat(after))

    assert found == datetime.fromisoformat(due)


async def test_forgetting_somebody_forgets_what_they_planned_and_what_was_said_then(tmp_path: Path) -> None:
    clock = Clock()
    async with running(tmp_path, FakeEngine("hello"), plugins=plugins(), now=clock) as at:
        await at.ask("/daily tea")
        clock.now += AN_HOUR
        await at.bot.schedules.look()
        await unasked(at)
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
    async with running(tmp_path, FakeEngine("hello"), plugins=plugins(), now=clock) as at:
        await at.ask("/daily tea")
        clock.now += AN_HOUR
        await at.bot.schedules.look()
        await unasked(at)
        await at.bot.access.privacy.sweep(datetime.now(UTC) + 100 * A_DAY)
        exported = await at.ask("/privacy export")

    assert "Remember tea!" not in exported
    assert '"title": "every day"' in exported  # it goes on
