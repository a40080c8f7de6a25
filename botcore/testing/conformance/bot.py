"""A whole bot around the tested adapter, in the test's own process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from botcore.adapter import Accepted
from botcore.bot import Bot
from botcore.config import AccessSection, BotSection, MemberBudgetSection
from botcore.domain import ChatMoved, Event
from botcore.store import Database, Store
from botcore.testing.conformance.answering import offering, streaming, whole
from botcore.testing.databases import make_database
from botcore.testing.fake_engine import FakeEngine
from botcore.testing.platform import Platform


class OpenBot(Bot):
    """A bot to whom everybody may talk."""

    async def receive(self, event: Event) -> Accepted:
        if not isinstance(event, ChatMoved):
            await self.access.desk.set_tenant(event.key.platform, event.key.tenant, allowed=True)
        return await super().receive(event)


@asynccontextmanager
async def running_bot(platform: Platform, *, answers: str = "streaming") -> AsyncIterator[None]:
    """Run a bot that answers by the script. `answers`: “streaming” or “whole”."""
    with TemporaryDirectory(prefix="bot-", ignore_cleanup_errors=True) as folder:
        place = Path(folder) / "botcore.db"
        make_database(place)
        store = Store(Database(place))
        bot = OpenBot(
            store=store,
            epoch=await store.take_over(),
            engine=FakeEngine(),
            plugins=[offering, streaming, whole],
            adapters=[platform.adapter],
            settings_of=lambda plugin: None,
            rules=BotSection(answerer=answers, grace_seconds=0.0),
            access=AccessSection(member=MemberBudgetSection(messages_per_hour=0, tokens_per_day=0)),
            keeps_adapters=True,
        )
        running = asyncio.create_task(bot.run())
        try:
            yield
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            await store.close()
