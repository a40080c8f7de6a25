"""People who write to a bot that does not know them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, select, text

from botcore import Accepted, Author, ConversationKey, InboundEvent, Plugin
from botcore.store import schema
from botcore.testing import FakeEngine, MemoryAdapter
from tests.botcore.running_bot import Running, running

ANA, BEN, EVE = Author("1", "Ana"), Author("2", "Ben"), Author("3", "Eve")
CODE = re.compile(r"`([A-Z2-9]{5}-[A-Z2-9]{5})`")


def code_in(line: str) -> str:
    """Return the code that a stranger was shown."""
    match = CODE.search(line)
    assert match
    return match[1]


class Club(MemoryAdapter):
    """A platform whose strangers are denied, and that knows who is in which chat."""

    def __init__(self) -> None:
        super().__init__(trusted=False)
        self.members: dict[str, set[str]] = {}
        self.asked: list[tuple[str, str]] = []  # chat and user of each question
        self.is_broken = False

    async def is_member(self, key: ConversationKey, user_id: str) -> bool:
        self.asked.append((key.chat, user_id))
        if self.is_broken:
            raise RuntimeError("no answer")
        return user_id in self.members.get(key.chat, ())


@dataclass
class Rooms:
    """A bot, and those who write to it."""

    at: Running
    club: Club

    def event(self, who: Author, what: str, *, chat: str = "", **more: Any) -> InboundEvent:
        """Return what somebody writes: to the bot itself, or in a group."""
        message_id = uuid4().hex
        key = ConversationKey("memory", more.pop("tenant", "test"), chat or who.id)
        facts = {"sent_at": datetime.now(UTC), "direct": not chat, **more}
        return InboundEvent(key, message_id, message_id, who, what, **facts)

    async def write(self, who: Author, what: str, *, chat: str = "", **more: Any) -> Accepted:
        """Write something; return what became of it."""
        return await self.club.deliver(self.event(who, what, chat=chat, **more))

    async def ask(self, who: Author, what: str, *, chat: str = "", **more: Any) -> str:
        """Write something and return the answer."""
        event = self.event(who, what, chat=chat, **more)
        assert await self.club.deliver(event) is Accepted.NEW
        async with asyncio.timeout(20):
            return await self.club.answer_to(event.message_id)

    def said_in(self, chat: str) -> list[str]:
        """Return what the bot has said in a chat."""
        return [shown.text for shown in self.club.shown.values() if shown.key.chat == chat]

    async def until_said(self, chat: str, count: int = 1) -> list[str]:
        """Wait until the bot has said so much in a chat."""
        async with asyncio.timeout(20):
            while len(said := self.said_in(chat)) < count:
                await asyncio.sleep(0.01)
        return said

    async def code_for(self, who: Author) -> str:
        """Have a stranger write and return the code that they are shown."""
        before = len(self.said_in(who.id))
        assert await self.write(who, "hello?") is Accepted.DENIED
        return code_in((await self.until_said(who.id, before + 1))[-1])

    async def let_in(self, who: Author) -> None:
        """Let somebody in, as an operator does."""
        await self.at.bot.access.desk.approve(await self.code_for(who))
        await self.until_said(who.id, 2)

    async def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Ask the database."""

        def read(connection: Connection) -> list[tuple[Any, ...]]:
            return [tuple(row) for row in connection.execute(text(query))]

        return await self.at.bot.store.database.read(read)

    async def remembers(self, words: str) -> bool:
        """Tell whether any table holds some words."""

        def look(connection: Connection) -> bool:
            rows = [
                row for table in schema.metadata.sorted_tables for row in connection.execute(select(table))
            ]
            return any(words in str(value) for row in rows for value in row)

        return await self.at.bot.store.database.read(look)


@asynccontextmanager
async def rooms(folder: Path, *, plugins: tuple[Plugin, ...] = (), **more: Any) -> AsyncIterator[Rooms]:
    club = Club()
    async with running(folder, FakeEngine("old pond"), adapter=club, plugins=plugins, **more) as at:
        yield Rooms(at, club)
