"""Counts the answers under way, and stops new ones while the model is replaced."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress


class Traffic:
    """What goes to a model and may be stopped for a while. One replacement at a time."""

    def __init__(self) -> None:
        self._passing = 0
        self._empty = asyncio.Event()
        self._empty.set()
        self._flows = asyncio.Event()
        self._flows.set()
        self._turn = asyncio.Lock()

    @property
    def is_stopped(self) -> bool:
        return not self._flows.is_set()

    async def flows(self) -> None:
        """Wait until nothing is stopped."""
        await self._flows.wait()

    @contextmanager
    def passing(self) -> Iterator[None]:
        """Be one of those under way."""
        self._passing += 1
        self._empty.clear()
        try:
            yield
        finally:
            self._passing -= 1
            if not self._passing:
                self._empty.set()

    @asynccontextmanager
    async def stopped(self, seconds: float) -> AsyncIterator[None]:
        """Have nothing new pass, once those under way have ended, for whom so many seconds are waited."""
        async with self._turn:
            self._flows.clear()
            try:
                with suppress(TimeoutError):
                    async with asyncio.timeout(seconds):
                        await self._empty.wait()
                yield
            finally:
                self._flows.set()
