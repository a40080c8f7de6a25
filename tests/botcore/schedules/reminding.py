"""A plugin that reminds people, and a bot that has it and a clock that the test sets."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from botcore import (
    Capability,
    Context,
    Conversation,
    Engine,
    Ledger,
    ModelMessage,
    Pieces,
    Plugin,
    PluginStore,
    Schedules,
)
from botcore.testing import FakeEngine, MemoryAdapter
from tests.botcore.running_bot import Running, running, talking_plugin

MONDAY = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
AN_HOUR, A_DAY = timedelta(hours=1), timedelta(days=1)
ALL = (Capability.SCHEDULE, Capability.SEND_UNASKED, Capability.HISTORY)


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


def reminding(
    folder: Path, clock: Clock, *, answer: str = "hello", adapter: MemoryAdapter | None = None
) -> AbstractAsyncContextManager[Running]:
    """Run a bot with the plugin."""
    plugins = [talking_plugin(), reminding_plugin()]
    return running(folder, FakeEngine(answer), plugins=plugins, now=clock, adapter=adapter)


async def unasked(at: Running, *, count: int = 1) -> list[str]:
    """Return what was said without a question, once that is so much."""

    def said() -> list[str]:
        return [m.text for m in at.adapter.shown.values() if not m.answers and m.is_final]

    await at.until(lambda: len(said()) >= count)
    await asyncio.sleep(0.05)
    return said()
