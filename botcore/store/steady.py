"""An aiosqlite connection that a cancellation can't break, and that hops threads once a statement.

SQLAlchemy gives up a connection whose task is cancelled within a statement, and with it the transaction,
which on SQLite is shared by a whole group of writers. Here a statement that was begun is always finished;
the cancellation is raised at the next thing its task waits for.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Self, TypeVar

import aiosqlite

T = TypeVar("T")


async def to_its_end(future: asyncio.Future[T]) -> T:
    """Wait for a future that must not be left alone; a cancellation meanwhile is raised afterwards."""
    task = asyncio.current_task()
    assert task is not None
    cancellations = 0
    while not future.done():
        try:
            await asyncio.wait([future])
        except asyncio.CancelledError:
            cancellations += 1
    for _ in range(cancellations):
        task.uncancel()
    for _ in range(cancellations):
        task.cancel()
    return future.result()


class SteadyConnection(aiosqlite.Connection):
    """Finishes what was begun."""

    def __init__(self, path: Path) -> None:
        # SQLAlchemy closes forgotten connections from the collector's thread.
        super().__init__(partial(sqlite3.connect, path, check_same_thread=False), iter_chunk_size=64)
        self._thread.daemon = True
        self._prelude: list[str] = []

    async def _execute(self, fn: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        if not self._running or not self._connection:
            raise ValueError("Connection closed")
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._tx.put_nowait((future, partial(fn, *args, **kwargs)))
        return await to_its_end(future)

    def cursor(self) -> SteadyCursor:  # type: ignore[override]
        return SteadyCursor(self)

    def before_next(self, sql: str) -> None:
        """Run something before the next statement, in the same hop."""
        self._prelude.append(sql)

    def take_prelude(self) -> list[str]:
        """Return what no statement has come after, and forget it."""
        prelude, self._prelude = self._prelude, []
        return prelude

    async def commit(self) -> None:
        if self.take_prelude():
            return  # the transaction was never begun
        # After some errors SQLite takes the whole transaction back by itself; committing nothing
        # would then look like success.
        if not self._conn.in_transaction:
            raise sqlite3.OperationalError("the transaction was taken back")
        await super().commit()

    async def rollback(self) -> None:
        self.take_prelude()
        if self._conn.in_transaction:
            await super().rollback()


class SteadyCursor:
    """Runs a statement and fetches its rows in one go."""

    def __init__(self, connection: SteadyConnection) -> None:
        self._connection = connection
        self._cursor = connection._conn.cursor()
        self._rows: list[Any] = []
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self.arraysize = 1

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, sql: str, parameters: Sequence[Any] = ()) -> Self:
        await self._connection._execute(self._run, self._cursor.execute, sql, parameters)
        return self

    async def executemany(self, sql: str, parameters: Iterable[Sequence[Any]]) -> Self:
        await self._connection._execute(self._run, self._cursor.executemany, sql, parameters)
        return self

    async def fetchall(self) -> list[Any]:
        return self._rows

    async def close(self) -> None:
        """Nothing is open: the rows were fetched to the last."""

    def _run(self, method: Callable[..., object], sql: str, parameters: Any) -> None:
        for before in self._connection.take_prelude():
            self._cursor.execute(before)
        method(sql, parameters)
        self.description = self._cursor.description
        self._rows = self._cursor.fetchall() if self.description else []
        self.rowcount, self.lastrowid = self._cursor.rowcount, self._cursor.lastrowid
