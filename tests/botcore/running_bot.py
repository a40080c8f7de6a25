"""A whole bot over a real database, in the test's own process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from botcore import (
    Context,
    Conversation,
    Engine,
    ModelMessage,
    Part,
    Pieces,
    Plugin,
    PluginStore,
)
from botcore.bot import Bot
from botcore.config import AccessSection, BotSection
from botcore.errors import InputError
from botcore.providing import utc_now
from botcore.store import Database, Store
from botcore.store.place import Place
from botcore.testing import MemoryAdapter
from botcore.testing.databases import make_database


@dataclass
class Running:
    """A bot at work."""

    bot: Bot
    adapter: MemoryAdapter
    task: asyncio.Task[None]

    async def ask(self, text: str, chat: str = "room", **how: Any) -> str:
        return await self.adapter.answer_to(await self.adapter.post(text, chat=chat, **how))

    async def until(self, happened: Callable[[], bool]) -> None:
        """Wait for something to be shown."""
        async with asyncio.timeout(10):
            while not happened():
                await asyncio.sleep(0.01)


class Tone(BaseModel):
    """A plugin's settings."""

    polite: bool = True


def talking_plugin() -> Plugin:
    plugin = Plugin("talk")

    @plugin.answerer
    async def talk(conversation: Conversation, engine: Engine) -> Pieces:
        asked = [*await conversation.history(), ModelMessage.user(conversation.question)]
        async for piece in engine.stream(asked):
            yield piece

    @plugin.command("count")
    async def count(store: PluginStore) -> str:
        """Count how often you asked."""
        number = await store.get("number")
        number = (number if isinstance(number, int) else 0) + 1
        store.set("number", number)
        return str(number)

    @plugin.command("parts")
    async def parts() -> Pieces:
        yield "one"
        yield Part("two")

    @plugin.command("fail")
    async def fail(store: PluginStore) -> str:
        store.set("number", 1000)
        raise RuntimeError("planned")

    @plugin.command("refuse")
    async def refuse() -> Pieces:
        yield "Half of it"
        raise InputError("That file is empty.")

    return plugin


def awkward_plugin() -> Plugin:
    plugin = Plugin("awkward")

    @plugin.command("progress")
    async def progress(context: Context) -> None:
        context.progress("Working")

    @plugin.command("beside")
    async def beside(engine: Engine) -> Pieces:
        async def fail() -> None:
            await asyncio.sleep(0)
            raise InputError("That file is empty.")

        ask = [ModelMessage.user("long")]
        await asyncio.gather(engine.complete(ask), fail())
        yield "never"

    @plugin.command("surrogate")
    async def surrogate() -> str:
        return "half a pair: \ud83d"

    @plugin.command("sleep")
    async def sleep() -> str:
        await asyncio.sleep(60)
        return "awake"

    return plugin


@asynccontextmanager
async def running(
    folder: Path,
    engine: Engine,
    *,
    adapter: MemoryAdapter | None = None,
    plugins: Sequence[Plugin] = (),
    place: Place | None = None,
    access: AccessSection | None = None,
    now: Callable[[], datetime] = utc_now,
    **rules: Any,
) -> AsyncIterator[Running]:
    """`place`: the database, if it is not a file in the folder."""
    place = place or folder / "botcore.db"
    make_database(place)
    store = Store(Database(place))
    adapter = adapter or MemoryAdapter()
    bot = Bot(
        store=store,
        epoch=await store.take_over(),
        engine=engine,
        plugins=plugins or [talking_plugin(), awkward_plugin()],
        adapters=[adapter],
        settings_of=lambda plugin: plugin.settings() if plugin.settings else None,
        rules=BotSection(**{"answerer": "talk", "grace_seconds": 0.0, **rules}),
        access=access,
        now=now,
    )
    task = asyncio.create_task(bot.run())
    try:
        yield Running(bot, adapter, task)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await store.close()
