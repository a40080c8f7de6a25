"""A conversation with a plugin, in one line of a test."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import weakref
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from pydantic import BaseModel, JsonValue

from botcore.bot import Bot
from botcore.config import BotSection, Settings
from botcore.domain import Author
from botcore.engine import Engine
from botcore.plugin import Plugin
from botcore.store import Database, Store
from botcore.store.migrate import upgrade
from botcore.testing.memory_adapter import MemoryAdapter, ShownMessage


class Chat:
    """Talks to a real bot with one plugin, over a real database, without a platform.

    What was said is kept from one call to the next, as in a chat.
    """

    def __init__(
        self, plugin: Plugin, engine: Engine, *, settings: Mapping[str, JsonValue] | None = None
    ) -> None:
        """`settings`: the plugin's table in botcore.toml."""
        self.adapter = MemoryAdapter()
        self.last_answer: list[ShownMessage] = []  # the messages of the last answer, with their previews
        self._plugin = plugin
        self._engine = engine
        self._settings = Settings(plugins={plugin.name: dict(settings or {})})
        self._database = Path(tempfile.mkdtemp(prefix="botcore-chat-")) / "chat.db"
        weakref.finalize(self, shutil.rmtree, self._database.parent, ignore_errors=True)

    async def say(self, text: str, *, author: str = "Ana") -> str:
        """Write a message and return the bot's answer."""
        async with self._bot() as bot:
            running = asyncio.create_task(bot.run())
            try:
                message_id = await self.adapter.post(text, author=Author(author.lower(), author))
                answer = await self.adapter.answer_to(message_id)
            finally:
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)
        self.last_answer = self.adapter.answers_to(message_id)
        return answer

    @asynccontextmanager
    async def _bot(self) -> AsyncIterator[Bot]:
        upgrade(self._database)
        store = Store(Database(self._database))
        shown = self.adapter.shown
        self.adapter = MemoryAdapter()
        self.adapter.shown = shown
        try:
            yield Bot(
                store=store,
                epoch=await store.take_over(),
                engine=self._engine,
                plugins=[self._plugin, *([] if self._plugin.answerer_handler else [_silent()])],
                adapters=[self.adapter],
                settings_of=self._settings_of,
                rules=BotSection(
                    answerer=self._plugin.name if self._plugin.answerer_handler else "silent",
                    grace_seconds=0.0,
                ),
            )
        finally:
            await store.close()

    def _settings_of(self, plugin: Plugin) -> BaseModel | None:
        return self._settings.plugin_settings(plugin.name, plugin.settings) if plugin.settings else None


def _silent() -> Plugin:
    plugin = Plugin("silent")

    @plugin.answerer
    async def say_nothing() -> None:
        """Leave plain messages unanswered, as the tested plugin has no answerer."""

    return plugin
