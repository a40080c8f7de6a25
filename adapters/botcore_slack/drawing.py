"""What is drawn beside the chats: no acknowledgement waits for it, and nothing is lost without it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Protocol

import structlog

from botcore import DeliveryError, InboundEvent
from botcore_slack.events import HomeOpened, PaneOpened

log = structlog.get_logger(__name__)


class Surfaces(Protocol):
    """What of Slack's the bot draws when somebody comes."""

    async def home_opened(self, tenant: str, user: str) -> None: ...

    async def pane_opened(self, opened: PaneOpened) -> None: ...

    async def will_answer(self, event: InboundEvent) -> None:
        """Show that a message has arrived and is going to be answered."""
        ...


class Drawing:
    """Has it drawn while other things go on."""

    def __init__(self, surfaces: Surfaces | None) -> None:
        self._surfaces = surfaces
        self._tasks: set[asyncio.Task[None]] = set()

    def opened(self, what: HomeOpened | PaneOpened) -> None:
        """Draw what somebody has opened."""
        if self._surfaces and isinstance(what, HomeOpened):
            self._begin(self._surfaces.home_opened(what.tenant, what.user))
        elif self._surfaces and isinstance(what, PaneOpened):
            self._begin(self._surfaces.pane_opened(what))

    def will_answer(self, event: InboundEvent) -> None:
        """Draw that a message is going to be answered."""
        if self._surfaces:
            self._begin(self._surfaces.will_answer(event))

    async def close(self) -> None:
        """End what is still being drawn."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _begin(self, drawing: Coroutine[object, object, None]) -> None:
        task = asyncio.create_task(_drawn(drawing))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _drawn(drawing: Coroutine[object, object, None]) -> None:
    try:
        await drawing
    except DeliveryError as error:
        log.info("not_drawn", error=str(error))
    except Exception as error:  # nothing that is drawn is worth more than what is answered
        log.warning("not_drawn", error=type(error).__name__)
