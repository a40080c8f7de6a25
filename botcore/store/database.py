"""Connections. What differs between SQLite and PostgreSQL is here, in `upsert` and in `ownership`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import URL, event
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from botcore.errors import OwnerError
from botcore.store.group_commit import GroupCommit
from botcore.store.place import Place
from botcore.store.steady import SteadyConnection

WRITER_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000")
READER_PRAGMAS = ("query_only=ON", "wal_autocheckpoint=0", "busy_timeout=5000")
SQLITE_READERS = 4
POSTGRESQL_CONNECTIONS = 10


class Transactions(Protocol):
    """How a kind of database writes."""

    def write(self) -> AbstractAsyncContextManager[AsyncConnection]: ...

    async def close(self) -> None: ...


class Database:
    """One SQLite file, or one database of a PostgreSQL server."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.wrote: Callable[[float], None] = _tell_nobody  # called with the seconds that a write took
        self.committed: Callable[[float], None] = _tell_nobody  # and with how many were committed together
        self._refused: OwnerError | None = None
        self._writers: Transactions
        if isinstance(place, Path):
            writer = _sqlite(place, WRITER_PRAGMAS, "BEGIN IMMEDIATE", pool_size=1)
            self._writers = GroupCommit(writer, lambda writes: self.committed(writes))
            self._readers = _sqlite(place, READER_PRAGMAS, "BEGIN", pool_size=SQLITE_READERS)
        else:
            engine = _postgresql(place)
            self._writers = SideBySide(engine)
            self._readers = engine.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """One transaction that may write. Committed at the end, rolled back by an exception."""
        if self._refused:
            raise self._refused
        begun = time.monotonic()
        async with self._writers.write() as connection:
            yield connection
        self.wrote(time.monotonic() - begun)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """One consistent view of the database."""
        async with self._readers.begin() as connection:
            yield connection

    def refuse(self, error: OwnerError | None) -> None:
        """Let every write from now on raise this, until it is None: nobody knows whose the database is."""
        self._refused = error

    async def close(self) -> None:
        """Let go of every connection; on SQLite the last one checkpoints."""
        await self._readers.dispose()
        await self._writers.close()


class SideBySide:
    """On PostgreSQL transactions run beside each other."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        # Writers queue here instead of in the pool, which would give up after a time; the last
        # connections are left to readers.
        self._places = asyncio.Semaphore(POSTGRESQL_CONNECTIONS - 2)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        async with self._places, self._engine.begin() as connection:
            yield connection

    async def close(self) -> None:
        await self._engine.dispose()


def _tell_nobody(figure: float) -> None:
    """Nobody counts."""


def _sqlite(path: Path, pragmas: tuple[str, ...], begin: str, pool_size: int) -> AsyncEngine:
    engine = create_async_engine(
        f"sqlite+aiosqlite:///{path}",
        async_creator=lambda: SteadyConnection(path),
        pool_size=pool_size,
        max_overflow=0,
        hide_parameters=True,  # an error is logged; what people wrote is not
    )

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, record: object) -> None:
        # The driver's own BEGIN would be a deferred one.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def start(connection: Any) -> None:
        if begin == "BEGIN":
            connection.connection.driver_connection.before_next(begin)
        else:
            connection.exec_driver_sql(begin)  # whether the lock can be had is to be known at once

    return engine


def _postgresql(url: URL) -> AsyncEngine:
    return create_async_engine(
        url,
        pool_size=POSTGRESQL_CONNECTIONS,
        max_overflow=0,
        hide_parameters=True,
        # A server that vanished is noticed within a minute, not after two hours.
        connect_args={"connect_timeout": 10, "keepalives_idle": 20, "keepalives_interval": 10},
    )
