"""A conversation with a plugin, in one line of a test."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import weakref
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import BaseModel, JsonValue
from pydantic_core import to_jsonable_python

from botcore.adapter import Accepted
from botcore.bot import Bot
from botcore.config import BotSection, Settings
from botcore.domain import Author
from botcore.engine import Engine
from botcore.forms import Form
from botcore.plugin import Plugin
from botcore.store import Database, Store
from botcore.store.operate import OPEN_OUTBOX, Operator
from botcore.testing.databases import make_database
from botcore.testing.memory_adapter import ABLE, MemoryAdapter, ShownMessage

DIRECT, GROUP = "room", "group"


class Chat:
    """Talks to a real bot with one plugin, over a real database, without a platform.

    What was said is kept from one call to the next, as in a chat.
    """

    def __init__(
        self,
        plugin: Plugin,
        engine: Engine,
        *,
        settings: Mapping[str, JsonValue] | None = None,
        forms: bool = True,
        now: datetime | None = None,
    ) -> None:
        """`settings`: the plugin's table in botcore.toml. `forms`: whether the platform draws forms.

        Without them the bot asks for one field after the other. `now`: what the clock of schedules shows.
        """
        self.adapter = MemoryAdapter(capabilities=replace(ABLE, forms=forms))
        self._ahead = now - datetime.now(UTC) if now else timedelta(0)
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

    @property
    def form(self) -> Form:
        """The form that was opened last."""
        return self.adapter.forms[-1].open.form

    async def submit(self, *, author: str | None = None, **values: object) -> str:
        """Fill in the form that was opened last, send it, and return the bot's answer.

        Raise `FormRefused`, whose `errors` stand beside the fields, when the bot does not take it.
        """
        async with self._running():
            before, event = set(self.adapter.shown), self.adapter.forms[-1].event
            who = Author(author.lower(), author) if author else None
            if await self.adapter.submit(to_jsonable_python(values), author=who) is not Accepted.NEW:
                return ""
            await self.adapter.over(event.message_id)
            return "\n\n".join(message.text for message in self.adapter.said_since(before, event.key))

    @property
    def now(self) -> datetime:
        """What the clock of schedules shows."""
        return datetime.now(UTC) + self._ahead

    async def advance(self, **time: float) -> list[str]:
        """Let time pass, ``hours=8``, and return what the bot said meanwhile that nobody had asked for."""
        until, before = self.now + timedelta(**time), set(self.adapter.shown)
        async with self._running() as bot:
            while (due := await bot.schedules.next_due()) and due <= until:
                self._ahead += max(timedelta(0), due - self.now)
                await bot.schedules.look()
                await _until_quiet(bot)
        self._ahead += max(timedelta(0), until - self.now)
        shown = self.adapter.shown.items()
        return [m.text for its_id, m in shown if its_id not in before and m.is_final and not m.answers]

    @asynccontextmanager
    async def _running(self) -> AsyncIterator[Bot]:
        async with self._bot() as bot:
            running = asyncio.create_task(bot.run())
            try:
                yield bot
            finally:
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)

    @asynccontextmanager
    async def _bot(self) -> AsyncIterator[Bot]:
        make_database(self._database)
        store = Store(Database(self._database))
        before, self.adapter = self.adapter, MemoryAdapter(capabilities=self.adapter.capabilities)
        self.adapter.shown, self.adapter.events = before.shown, before.events
        self.adapter.forms = before.forms
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
                now=lambda: self.now,
            )
        finally:
            await store.close()

    def _settings_of(self, plugin: Plugin) -> BaseModel | None:
        return self._settings.plugin_settings(plugin.name, plugin.settings) if plugin.settings else None


async def _until_quiet(bot: Bot) -> None:
    """Wait until everything is answered and sent."""
    operator = Operator(bot.store.database)
    while True:
        counts = await operator.counts()
        unsent = sum(counts.outbox.get(state, 0) for state in OPEN_OUTBOX)
        if not (unsent or counts.inbox.get("waiting") or counts.inbox.get("running")):
            return
        await asyncio.sleep(0.01)


def _silent() -> Plugin:
    plugin = Plugin("silent")

    @plugin.answerer
    async def say_nothing() -> None:
        """Leave plain messages unanswered, as the tested plugin has no answerer."""

    return plugin
