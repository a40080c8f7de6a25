"""The bot as the control socket reaches it: there from the start, or opened when somebody asks for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import Protocol, Self

from botcore.bot import Bot
from botcore.control.operations import Premises


class Office(Protocol):
    """Where the bot is found."""

    @property
    def opened(self) -> Premises | None:
        """What is there already."""
        ...

    async def open(self) -> Premises:
        """Return what is there, opened if need be."""
        ...


class OpenOffice:
    """The bot is there."""

    def __init__(self, premises: Premises) -> None:
        self.opened = premises

    async def open(self) -> Premises:
        return self.opened


Wire = Callable[[], AbstractAsyncContextManager[tuple[Bot, Premises]]]


class OfficeOnDemand:
    """The bot is opened by the first who asks, and runs until this is left.

    `botcore summarize` needs only the model; when it owns the data folder, a `botcore chat` that comes
    meanwhile finds a bot all the same.
    """

    def __init__(self, wire: Wire) -> None:
        self.opened: Premises | None = None
        self._wire = wire
        self._opening: asyncio.Task[Premises] | None = None
        self._stop = asyncio.Event()
        self._running: asyncio.Task[None] | None = None
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._stop.set()
        if self._opening:
            await asyncio.gather(self._opening, return_exceptions=True)
        if self._running:
            await asyncio.gather(self._running, return_exceptions=True)
        await self._stack.aclose()

    async def open(self) -> Premises:
        """Open it once; who asks and leaves does not end that. A failure is told, and the next may try."""
        if self._opening is None or (self._opening.done() and self.opened is None):
            self._opening = asyncio.create_task(self._open())
        return await asyncio.shield(self._opening)

    async def _open(self) -> Premises:
        bot, premises = await self._stack.enter_async_context(self._wire())
        self._running = asyncio.create_task(bot.run(self._stop))
        self.opened = premises
        return premises
