"""Writers that wait for SQLite are committed together: one sync of the disk for all of them."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from botcore.store.steady import SteadyConnection, to_its_end

LARGEST_GROUP = 64  # so that the first of a group need not wait long for the last


class _Write:
    """One transaction's body, as its writer and the group see it."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.granted: asyncio.Future[AsyncConnection] = loop.create_future()  # the body may run
        self.over: asyncio.Future[bool] = loop.create_future()  # it has: whether to its end
        self.committed: asyncio.Future[None] = loop.create_future()

    async def run(self, connection: AsyncConnection) -> bool:
        """Let the body run, and return whether it came to its end."""
        if self.granted.done():
            return False  # its writer was cancelled while it waited
        self.granted.set_result(connection)
        return await to_its_end(self.over)

    def succeed(self) -> None:
        if not self.committed.done():
            self.committed.set_result(None)

    def fail(self, error: Exception) -> None:
        for future in (self.granted, self.committed):
            if not future.done():
                future.set_exception(error)
                future.exception()  # a body that failed by itself does not ask for it

    def abandon(self) -> None:
        self.granted.cancel()
        self.committed.cancel()


class GroupCommit:
    """Runs one body after the other on the one connection that writes.

    Whoever is waiting when a body is over joins its group: each has a savepoint of its own, and all are
    committed at once. Nobody waits for a group to grow. A body that raises takes back its own work
    only; a COMMIT that fails fails its whole group. A writer that is cancelled is either not in the
    group, or wholly in it.
    """

    def __init__(self, engine: AsyncEngine, committed: Callable[[int], None] = lambda writes: None) -> None:
        """`committed` is called after each commit with how many writes were in it."""
        self._engine = engine
        self._committed = committed
        self._waiting: deque[_Write] = deque()
        self._serving: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """One transaction: committed when this has been left, taken back by an exception."""
        write = _Write()
        self._waiting.append(write)
        if self._serving is None or self._serving.done():
            self._serving = asyncio.create_task(self._serve(), name="group commit")
        try:
            yield await write.granted
        except BaseException:
            write.over.set_result(False)
            raise
        write.over.set_result(True)
        await write.committed

    async def close(self) -> None:
        """Commit what was begun and let go of the connection."""
        if self._serving is not None:
            await asyncio.wait([self._serving])
        await self._engine.dispose()

    async def _serve(self) -> None:
        while self._waiting:
            group: list[_Write] = []
            try:
                await self._commit_together(group)
            except Exception as error:
                # Without a group not even a transaction could be begun: nobody who waits can be served.
                for write in group or self._take_waiting():
                    write.fail(error)
            except BaseException:
                for write in [*group, *self._take_waiting()]:
                    write.abandon()
                raise

    async def _commit_together(self, group: list[_Write]) -> None:
        async with self._engine.connect() as connection:
            try:
                await connection.begin()
                await self._run_bodies(connection, group)
                await connection.commit()
            except BaseException:
                await connection.invalidate()  # whatever is left of the transaction goes with it
                raise
        self._committed(len(group))
        for write in group:
            write.succeed()

    async def _run_bodies(self, connection: AsyncConnection, group: list[_Write]) -> None:
        is_empty = True
        while self._waiting and len(group) < LARGEST_GROUP:
            write = self._waiting.popleft()
            group.append(write)
            written = await _run_alone(connection, write) if is_empty else await _run(connection, write)
            is_empty = is_empty and not written

    def _take_waiting(self) -> list[_Write]:
        waiting = list(self._waiting)
        self._waiting.clear()
        return waiting


async def _run(connection: AsyncConnection, write: _Write) -> bool:
    """Let a body run within what others have written; return whether it came to its end.

    Its savepoint is made together with its first statement. It is not released: a COMMIT does that.
    """
    driver = (await connection.get_raw_connection()).driver_connection
    assert isinstance(driver, SteadyConnection)
    driver.before_next("SAVEPOINT before")
    written = await write.run(connection)
    if not driver.take_prelude() and not written:
        await connection.exec_driver_sql("ROLLBACK TO before")
    return written


async def _run_alone(connection: AsyncConnection, write: _Write) -> bool:
    """Let a body run while nothing else is written, which needs no savepoint."""
    if await write.run(connection):
        return True
    await connection.rollback()
    await connection.begin()
    return False
