"""An adapter on the loopback Telegram, without a core behind it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from botcore import Accepted, AdapterSetup, Edited, Event, InboundEvent, Outgoing
from botcore_telegram import TelegramAdapter
from tests.fakes.telegram import BotAccount, Telegram

COMMANDS = {"help": "Show what I can do.", "summarize": "Sum up what was said."}


@dataclass
class Meeting:
    """What the adapter brought in, and what becomes of the next events."""

    telegram: Telegram
    adapter: TelegramAdapter
    events: list[Event] = field(default_factory=list)
    failures: int = 0  # so many events can't be committed
    task: asyncio.Task[None] | None = None  # that runs the adapter

    async def receive(self, event: Event) -> Accepted:
        if self.failures:
            self.failures -= 1
            raise OSError("the database is down")
        if isinstance(event, InboundEvent) and event.addressed:  # as the core does with what it answers
            event = await self.adapter.read_files(event)
        self.events.append(event)
        return Accepted.NEW if isinstance(event, InboundEvent) and event.addressed else Accepted.NOTED

    async def heard(self, count: int) -> list[Event]:
        """Wait until so many events have come."""
        await self.telegram.until(lambda: len(self.events) >= count, f"{count} events, not {self.events}", 15)
        return self.events

    async def message(self) -> InboundEvent:
        """Wait for the only event, which is a message."""
        [event] = await self.heard(1)
        assert isinstance(event, InboundEvent)
        return event

    @property
    def has_ended(self) -> bool:
        return self.task is not None and self.task.done()

    @property
    def texts(self) -> list[tuple[str, bool]]:
        """Return what was said, and whether to the bot."""
        return [(event.text, event.addressed) for event in self.events if isinstance(event, InboundEvent)]

    @property
    def edits(self) -> list[str]:
        return [event.text for event in self.events if isinstance(event, Edited)]


def answer(event: InboundEvent, text: str, *, final: bool = True, **more: Any) -> Outgoing:
    return Outgoing(event.key, text, final, answers=event.message_id, **more)


@asynccontextmanager
async def meeting(telegram: Telegram, *accounts: BotAccount, **settings: Any) -> AsyncIterator[Meeting]:
    """Run the adapter for one bot or several."""
    table: dict[str, Any] = {"base_url": telegram.base_url, **settings}
    if len(accounts) == 1:
        table["token"] = accounts[0].token
    else:
        table["bots"] = {account.user.username: {"token": account.token} for account in accounts}
    adapter = TelegramAdapter(AdapterSetup(table, Path()))
    adapter.show_commands(COMMANDS)
    here = Meeting(telegram, adapter)
    here.task = task = asyncio.create_task(adapter.run(here.receive))
    try:
        yield here
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await adapter.close()
