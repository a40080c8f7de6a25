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

from botcore.adapter import Accepted
from botcore.bot import Bot
from botcore.config import BotSection, Settings
from botcore.domain import Author
from botcore.engine import Engine
from botcore.plugin import Plugin
from botcore.store import Database, Store
from botcore.store.migrate import upgrade
from botcore.testing.memory_adapter import MemoryAdapter, ShownMessage

DIRECT, GROUP = "room", "group"


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
        self.last_notice = ""  # what was said at once about the last press
        self._plugin = plugin
        self._engine = engine
        self._settings = Settings(plugins={plugin.name: dict(settings or {})})
        self._database = Path(tempfile.mkdtemp(prefix="botcore-chat-")) / "chat.db"
        weakref.finalize(self, shutil.rmtree, self._database.parent, ignore_errors=True)

    async def say(self, text: str, *, author: str = "Ana", group: bool = False) -> str:
        """Write a message and return the bot's answer. `group`: in a group, not in the direct chat."""
        async with self._running():
            message_id = await self.adapter.post(
                text, chat=GROUP if group else DIRECT, direct=not group, author=Author(author.lower(), author)
            )
            answer = await self.adapter.answer_to(message_id)
        self.last_answer = self.adapter.answers_to(message_id)
        return answer

    async def press(self, label: str, *, author: str = "Ana", group: bool = False) -> str:
        """Press the newest button of this label and return the bot's answer.

        When nothing is done, it is what whoever pressed is told at once; otherwise that is `last_notice`.
        """
        async with self._running():
            press = await self.adapter.press(
                label, chat=GROUP if group else DIRECT, author=Author(author.lower(), author)
            )
            self.last_notice = press.notice
            return await press.answer() if press.accepted is Accepted.NEW else press.notice

    async def follow(self, label: str, *, author: str = "Ana") -> str:
        """Follow the newest link of this label into the direct chat, and return what the bot says there."""
        url = next(
            key.url
            for message in reversed(self.adapter.shown.values())
            for key in message.buttons
            if key.label == label and key.url
        )
        return await self.say(f"/start {url.rpartition('/')[2]}", author=author)

    @asynccontextmanager
    async def _running(self) -> AsyncIterator[None]:
        async with self._bot() as bot:
            running = asyncio.create_task(bot.run())
            try:
                yield
            finally:
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)

    @asynccontextmanager
    async def _bot(self) -> AsyncIterator[Bot]:
        upgrade(self._database)
        store = Store(Database(self._database))
        before, self.adapter = self.adapter, MemoryAdapter()
        self.adapter.shown, self.adapter.events = before.shown, before.events
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
