"""How long a plugin may work. Waiting for the engine does not count."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, TypeVar

import structlog

from botcore.context import Context
from botcore.errors import PluginBroke, PluginStuck
from botcore.pipeline import Handler, Middleware

T = TypeVar("T")
log = structlog.get_logger(__name__)

GRACE_SECONDS = 2.0  # for a handler to clean up, when its time is over


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
            self._timeout = None

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
            if self._pauses == 0 and timeout and timeout is self._timeout and not timeout.expired():
                timeout.reschedule(loop.time() + self._left)


def limited_by(stuck: Callable[[Context], None]) -> Middleware:
    """Return the middleware that bounds a plugin's own time, and leaves the model free behind it.

    `stuck` hears of a handler that goes on though it was told to end. Nobody waits for that one any more.
    """

    async def limits(call_next: Handler, context: Context) -> None:
        handler = asyncio.ensure_future(contained(call_next(context)))
        try:
            async with context.own_time.limit():
                await asyncio.wait([handler])
        except TimeoutError:
            if not await _ends(handler, context, stuck):
                raise PluginStuck from None
            raise
        except asyncio.CancelledError:
            await _ends(handler, context, stuck)
            raise
        finally:
            await context.engine.close(GRACE_SECONDS)
        result_of(handler)

    return limits


async def contained(work: Awaitable[T]) -> T:
    """Let a handler end its own turn only: what is no `Exception` would end the whole process."""
    try:
        return await work
    except (Exception, asyncio.CancelledError, KeyboardInterrupt):
        raise  # an error as any other, an order to end, an operator's Ctrl-C
    except BaseException as error:
        raise PluginBroke from error


def result_of(handler: asyncio.Future[T]) -> T:
    """Return what a handler has come to that nobody has told to end."""
    try:
        return handler.result()
    except asyncio.CancelledError as error:
        # It waited for something that was cancelled. As a cancellation of the turn this would leave its
        # message in nobody's hands.
        raise PluginBroke from error


async def _ends(handler: asyncio.Future[None], context: Context, stuck: Callable[[Context], None]) -> bool:
    """Tell a handler to end. False when it does not."""
    handler.cancel()
    try:
        await asyncio.wait([handler], timeout=GRACE_SECONDS)
    finally:
        if not handler.done():
            log.error("handler_stuck", turn=context.turn_id)
            leave_alone(handler)
            stuck(context)
    return handler.done()


def leave_alone(handler: asyncio.Future[Any]) -> None:
    """Let nobody wait for it: neither its turn, nor the end of the process."""
    if isinstance(handler, asyncio.Task):
        asyncio.tasks._unregister_task(handler)
    handler.add_done_callback(lambda done: done.cancelled() or done.exception())
