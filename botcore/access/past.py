"""What was said before the bot heard it: asked of the platform, page by page, when somebody wants to know."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextvars import Context
from dataclasses import replace

import structlog

from botcore.access.latest import Latest
from botcore.access.reading_past import Reading
from botcore.adapter import FetchesHistory
from botcore.domain import ConversationKey
from botcore.errors import DeliveryError, Refused, RetryLater
from botcore.fronts import Fronts
from botcore.store import Scope, Store

log = structlog.get_logger(__name__)

PATIENCE_SECONDS = 15.0  # that who asks waits for what comes slowly
REMEMBERED = 10_000  # threads that the bot was called into
MOST_BESIDE = 20  # places that are read on beside everything else
UNREACHED = "I could not ask for all that was said here, so something may be missing. Please try again later."
REFUSED = "I can't read what was said here before I heard it. {}"


class Past:
    """Fills the ledger with what the platform knows and the ledger does not."""

    def __init__(
        self, store: Store, fronts: Fronts, *, default_days: int, is_command: Callable[[str], bool]
    ) -> None:
        self._store = store
        self._fronts = fronts
        self._default_days = default_days
        self._is_command = is_command
        self._beside: dict[ConversationKey, Reading] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._joined: Latest[ConversationKey, bool] = Latest(REMEMBERED)

    def can_read(self, key: ConversationKey) -> bool:
        """Tell whether a platform tells what was said."""
        return isinstance(self._fronts.find(key), FetchesHistory)

    async def fill(
        self,
        scope: Scope,
        key: ConversationKey,
        last: int,
        *,
        threads: bool = False,
        patience: float = PATIENCE_SECONDS,
    ) -> str:
        """Have the last so many messages of a place in the ledger, as far as the platform gives them.

        `threads`: with those below them. Return what is missing, for who asked; nothing when that is nothing.
        """
        if not self.can_read(key):
            return ""
        reading = self._reading(scope, key, last, threads=threads)
        if beside := self._beside.get(reading.place):
            beside.with_threads |= threads
            if not await beside.is_over(patience):
                return await beside.status(last)
        try:
            await reading.on(until=time.monotonic() + patience)
        except RetryLater as error:
            if error.after is None:
                return UNREACHED
            self._go_on(reading, error.after)
            return reading.missing(last)
        except Refused as error:
            log.info("history_refused", platform=key.platform, why=str(error))
            return REFUSED.format(error)
        except DeliveryError as error:
            log.info("history_not_told", platform=key.platform, error=type(error).__name__)
            return UNREACHED
        return ""

    async def join(self, key: ConversationKey, last: int = 200) -> None:
        """Read a thread that the bot was called into, so that it is known when somebody asks about it."""
        if self._joined.get(key) or not self.can_read(key):
            return
        self._joined.put(key, True)
        scope = await self._store.find_scope(key)
        if scope and ((reach := await self._store.find_reach(scope)) is None or reach.has_more):
            self._go_on(self._reading(scope, key, last), 0.0)

    async def close(self) -> None:
        """Read nothing more."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _reading(self, scope: Scope, key: ConversationKey, last: int, *, threads: bool = False) -> Reading:
        key = replace(key, thread=scope.thread)
        return Reading(
            self._store,
            self._fronts,
            scope,
            key,
            last,
            is_command=self._is_command,
            default_days=self._default_days,
            with_threads=threads,
        )

    def _go_on(self, reading: Reading, pause: float) -> None:
        """Read on beside everything else. What is read is kept: a restart ends but the reading."""
        if reading.place in self._beside or len(self._beside) >= MOST_BESIDE:
            return
        self._beside[reading.place] = reading
        # A context of its own: it outlives the turn that begins it, and is not of the turn's plugin.
        task = asyncio.create_task(reading.slowly(pause), context=Context())
        self._tasks.add(task)

        def done(task: asyncio.Task[None]) -> None:
            self._tasks.discard(task)
            del self._beside[reading.place]

        task.add_done_callback(done)
