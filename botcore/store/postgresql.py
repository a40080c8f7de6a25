"""PostgreSQL: transactions run beside each other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import URL, Connection
from sqlalchemy.ext.asyncio import create_async_engine

T = TypeVar("T")

CONNECTIONS = 10


class Postgresql:
    """One database of a server."""

    def __init__(self, url: URL) -> None:
        self._engine = create_async_engine(
            url,
            pool_size=CONNECTIONS,
            max_overflow=0,
            hide_parameters=True,
            # A server that vanished is noticed within a minute, not after two hours.
            connect_args={"connect_timeout": 10, "keepalives_idle": 20, "keepalives_interval": 10},
        )
        self._readers = self._engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
        # Writers queue here instead of in the pool, which would give up after a time; the last
        # connections are left to readers.
        self._places = asyncio.Semaphore(CONNECTIONS - 2)

    async def write(self, body: Callable[[Connection], T]) -> T:
        async with self._places, self._engine.begin() as connection:
            return await connection.run_sync(body)

    async def read(self, body: Callable[[Connection], T]) -> T:
        async with self._readers.begin() as connection:
            return await connection.run_sync(body)

    async def close(self) -> None:
        await self._engine.dispose()
