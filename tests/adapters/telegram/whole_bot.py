"""A whole bot on the loopback Telegram, in the test's own process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from botcore import AdapterSetup, Plugin
from botcore.bot import Bot
from botcore.config import BotSection
from botcore.store import Database, Store
from botcore.testing import FakeEngine
from botcore.testing.databases import make_database
from botcore_telegram import TelegramAdapter
from tests.botcore.running_bot import talking_plugin
from tests.fakes.telegram import BotAccount, Telegram


@asynccontextmanager
async def whole_bot(
    telegram: Telegram, account: BotAccount, folder: Path, plugins: Sequence[Plugin] = ()
) -> AsyncIterator[Bot]:
    """Run a bot that lets nobody in yet and answers “old pond”. `plugins`: what else it can do."""
    make_database(folder / "botcore.db")
    store = Store(Database(folder / "botcore.db"))
    table = {"base_url": telegram.base_url, "token": account.token}
    bot = Bot(
        store=store,
        epoch=await store.take_over(),
        engine=FakeEngine("old pond"),
        plugins=[talking_plugin(), *plugins],
        adapters=[TelegramAdapter(AdapterSetup(table, folder))],
        settings_of=lambda plugin: None,
        rules=BotSection(answerer="talk", grace_seconds=0.0),
    )
    running = asyncio.create_task(bot.run())
    try:
        yield bot
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await store.close()
