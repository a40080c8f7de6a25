"""How long a plugin may work. Waiting for the engine does not count."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager


class OwnTime:
    """A plugin's own time within one turn."""

    def __init__(self, seconds: float) -> None:
        self._allowed = self._left = seconds
        self._timeout: asyncio.Timeout | None = None
        self._pauses = 0

    @asynccontextmanager
    async def limit(self) -> AsyncIterator[None]:
        """Raise `TimeoutError` in the body once its own time is used up."""
        try:
            async with asyncio.timeout(self._left) as self._timeout:
                yield
        finally:
            if self._pauses == 0 and self._timeout and (when := self._timeout.when()) is not None:
                self._left = when - asyncio.get_running_loop().time()

    @property
    def spent(self) -> float:
        """Seconds of it that were used, once its limit is over."""
        return self._allowed - self._left

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Time in here is somebody else's. May be nested, and entered by several tasks at once."""
        loop = asyncio.get_running_loop()
        timeout = self._timeout
        if self._pauses == 0 and timeout and (when := timeout.when()) is not None:
            self._left = when - loop.time()
            timeout.reschedule(None)
        self._pauses += 1
        try:
            yield
        finally:
            self._pauses -= 1
            if self._pauses == 0 and timeout and not timeout.expired():
                timeout.reschedule(loop.time() + self._left)
