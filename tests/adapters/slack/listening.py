"""An adapter that listens on the loopback Slack's sockets, and what it brought in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from botcore import Accepted, AdapterSetup, Event, InboundEvent
from botcore_slack.adapter import SlackAdapter
from tests.fakes.slack import App, Slack, Team

T = TypeVar("T")


@dataclass
class Heard:
    """What came in, and what becomes of it."""

    adapter: SlackAdapter
    slack: Slack
    events: list[Event] = field(default_factory=list)
    outcome: Callable[[Event], Accepted] = lambda event: Accepted.NEW

    async def receive(self, event: Event) -> Accepted:
        accepted = self.outcome(event)
        if isinstance(event, InboundEvent) and event.addressed:  # as the core does with what it answers
            event = await self.adapter.read_files(event)
        self.events.append(event)
        return accepted

    async def next(self, kind: type[T]) -> T:
        """Wait for the next event, which has to be of this kind, and take it."""
        await self.slack.until(lambda: bool(self.events), f"a {kind.__name__}", seconds=10.0)
        event = self.events.pop(0)
        assert isinstance(event, kind), event
        return event


@asynccontextmanager
async def listening(
    slack: Slack, app: App, team: Team, folder: Path, **settings: Any
) -> AsyncIterator[Heard]:
    """Let an adapter run; `settings`: more of its table."""
    table = {
        "token": app.bot_token(team),
        "app_token": app.app_token,
        "base_url": slack.base_url,
        "sockets": 1,
    }
    adapter = SlackAdapter(AdapterSetup({**table, **settings}, folder))
    adapter.show_commands({"summarize": "Summarize.", "help": "Help.", "stop": "Stop."})
    heard = Heard(adapter, slack)
    running = asyncio.create_task(adapter.run(heard.receive))
    try:
        await slack.until(
            lambda: bool(app.deliveries.sockets.open) or running.done(), "a socket", seconds=10.0
        )
        yield heard
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await adapter.close()
