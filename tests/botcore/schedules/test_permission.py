"""What is due is done only where the plugin, the gate, the chat and the platform still let it."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from botcore import Capability, ConversationKey, Plugin, Schedules
from botcore.access.roles import UserRole
from botcore.errors import PluginError
from botcore.store.audit import Actor
from botcore.testing import FakeEngine, MemoryAdapter
from tests.botcore.access.rooms import Club
from tests.botcore.running_bot import Running, running, talking_plugin
from tests.botcore.schedules.reminding import A_DAY, ALL, AN_HOUR, Clock, reminding, unasked


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
    async with reminding(tmp_path, clock, adapter=club) as at:
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
    async with reminding(tmp_path, clock, adapter=club) as at:
        await in_a_club(at, club)
        for chat in ("second", "third"):
            club.members[chat] = {"ana"}
            await at.ask("/remind 30 lunch", chat=chat, direct=False)
        clock.now += AN_HOUR

        assert await at.bot.schedules.look() == 3

    assert club.most == 2


async def test_what_waits_keeps_nothing_else_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("botcore.schedules.runner.AT_ONCE", 1)
    clock, club = Clock(), Club()
    async with reminding(tmp_path, clock, adapter=club) as at:
        await in_a_club(at, club)
        await at.ask("/remind 40 tea")
        club.is_broken = True
        clock.now += AN_HOUR
        assert await at.bot.schedules.look() == 1


async def test_who_waited_for_what_is_done_no_more_is_told_so(tmp_path: Path) -> None:
    clock, club = Clock(), Club()
    async with reminding(tmp_path, clock, adapter=club) as at:
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
    async with reminding(tmp_path, clock, adapter=club) as at:
        await in_a_club(at, club)
        club.members["group"] = {"ana"} if is_member else set()
        clock.now += AN_HOUR
        assert await at.bot.schedules.look() == is_member
        assert await at.bot.schedules._store.due(clock.now, 10) == []


async def test_somebody_who_may_not_come_in_any_more_plans_nothing_any_more(tmp_path: Path) -> None:
    clock = Clock()
    adapter = MemoryAdapter(trusted=False)
    async with reminding(tmp_path, clock, adapter=adapter) as at:
        await at.adapter.post("hi")
        await at.bot.access.desk.set_tenant("memory", "test", allowed=True)
        await at.ask("/daily tea")
        user = await at.bot.access.desk.store.find_user("memory:ana")
        await at.bot.access.desk.set_role(user, UserRole.REVOKED, Actor())
        clock.now += AN_HOUR
        assert await at.bot.schedules.look() == 0


async def test_a_muted_chat_hears_nothing_unasked(tmp_path: Path) -> None:
    clock = Clock()
    async with reminding(tmp_path, clock) as at:
        await at.ask("/daily tea")
        await at.ask("/schedules mute")
        clock.now += AN_HOUR
        assert await at.bot.schedules.look() == 0
        await at.ask("/schedules unmute")
        clock.now += A_DAY
        assert await at.bot.schedules.look() == 1


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
