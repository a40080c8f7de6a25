"""Transactions. What differs between SQLite and PostgreSQL is here, in `upsert` and in `ownership`."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

from sqlalchemy import Connection

from botcore.errors import OwnerError
from botcore.store.place import Place
from botcore.store.postgresql import Postgresql
from botcore.store.sqlite import Sqlite

T = TypeVar("T")


class Transactions(Protocol):
    """A kind of database. A body is a plain function; where it runs, it may be any thread."""

    async def write(self, body: Callable[[Connection], T]) -> T: ...

    async def read(self, body: Callable[[Connection], T]) -> T: ...

    async def close(self) -> None: ...


class Database:
    """One SQLite file, or one database of a PostgreSQL server."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.wrote: Callable[[float], None] = _tell_nobody  # called with the seconds that a write took
        self.committed: Callable[[float], None] = _tell_nobody  # and with how many were committed together
        self.epoch: int | None = None  # of this process, once it has taken over
        self._refused: OwnerError | None = None
        self._transactions: Transactions
        if isinstance(place, Path):
            self._transactions = Sqlite(place, lambda writes: self.committed(writes))
        else:
            self._transactions = Postgresql(place)

    async def write(self, body: Callable[[Connection], T]) -> T:
        """Run one transaction that may write, and return what its body does.

        It is committed when this returns, and taken back when the body raises. The body may run in
        another thread: it must not look at what changes meanwhile.
        """
        if self._refused:
            raise self._refused
        begun = time.monotonic()
        result = await self._transactions.write(body)
        self.wrote(time.monotonic() - begun)
        return result

    async def read(self, body: Callable[[Connection], T]) -> T:
        """Run a body over one consistent view of the database, and return what it does."""
        return await self._transactions.read(body)

    def refuse(self, error: OwnerError | None) -> None:
        """Let every write from now on raise this, until it is None: nobody knows whose the database is."""
        self._refused = error

    async def close(self) -> None:
        """Let go of every connection, when what was asked for is done; on SQLite the last one checkpoints."""
        await self._transactions.close()


def _tell_nobody(figure: float) -> None:
    """Nobody counts."""
