"""A whole bot on the loopback Slack, in the test's own process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import botcore_summarize
from botcore import AdapterSetup, ModelMessage, Options, Role
from botcore.bot import Bot
from botcore.config import BotSection
from botcore.store import Database, Store
from botcore.testing import FakeEngine
from botcore.testing.databases import make_database
from botcore_slack import SlackAdapter
from tests.botcore.running_bot import talking_plugin
from tests.fakes.slack import App, Channel, Person, Slack, Team
from tests.plugins.summarize.writers import honest


def _answer(messages: Sequence[ModelMessage], options: Options) -> str:
    """Summarize what is to be summarized, and know one answer to everything else."""
    return honest(messages, options) if messages[0].role is Role.SYSTEM else "old pond"


@asynccontextmanager
async def whole_bot(slack: Slack, app: App, team: Team, folder: Path, **settings: Any) -> AsyncIterator[Bot]:
    """Run a bot that summarizes, for everybody in a workspace. `settings`: more of the adapter's table."""
    make_database(folder / "botcore.db")
    store = Store(Database(folder / "botcore.db"))
    table = {
        "base_url": slack.base_url,
        "token": app.bot_token(team),
        "app_token": app.app_token,
        "sockets": 1,
    }
    bot = Bot(
        store=store,
        epoch=await store.take_over(),
        engine=FakeEngine(_answer),
        plugins=[talking_plugin(), botcore_summarize.plugin],
        adapters=[SlackAdapter(AdapterSetup(table | settings, folder))],
        settings_of=lambda plugin: plugin.settings() if plugin.settings else None,
        rules=BotSection(answerer="talk", grace_seconds=0.0),
    )
    await bot.access.desk.set_tenant("slack", team.id, allowed=True)
    running = asyncio.create_task(bot.run())
    try:
        await slack.until(lambda: bool(app.deliveries.sockets.open) or running.done(), "a socket")
        yield bot
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await store.close()


async def until_seen(slack: Slack, person: Person, place: Channel, words: str) -> str:
    """Wait until somebody sees these words of the bot's in a channel; return the whole message."""

    def seen() -> list[str]:
        return [m.shown for m in person.sees(place) if m.author.is_bot and words in m.shown]

    await slack.until(lambda: bool(seen()), f"{words!r}", seconds=20.0)
    return seen()[-1]
