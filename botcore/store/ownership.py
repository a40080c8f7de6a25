"""A database on a server has one owner, wherever it runs: the one that holds its advisory lock."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import structlog
from sqlalchemy import URL, NullPool, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from botcore.errors import OwnerError, StoreError
from botcore.store.database import Database
from botcore.store.place import show

log = structlog.get_logger(__name__)

BEAT_SECONDS = 2.0
BEAT_TIMEOUT = 5.0

# Two bots may share a database when each has a schema of its own.
KEY = "hashtext('botcore'), hashtext(current_schema())"
TAKE = text(f"SELECT pg_try_advisory_lock({KEY})")
SESSION = text("SELECT pg_backend_pid()")
HOLDER = text(
    "SELECT a.pid, a.application_name FROM pg_locks l JOIN pg_stat_activity a USING (pid) "
    "WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2 "
    "AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
    "AND (l.classid::bigint, l.objid::bigint) = "
    "(SELECT hashtext('botcore')::bigint & 4294967295, hashtext(current_schema())::bigint & 4294967295)"
)


@asynccontextmanager
async def own_database(database: Database) -> AsyncIterator[None]:
    """Own a database while this is entered; raise `OwnerError` naming who has it.

    On SQLite the lock on the data folder is enough. PostgreSQL lets go of its lock when the lock's
    connection breaks, so that is watched: until the lock is held again, every write of `database` is
    refused; when another process was the owner meanwhile, the task that owns is cancelled and this
    raises `OwnerError`. In the seconds until a break is noticed the epoch protects: a turn of an older
    epoch can't be closed.
    """
    if isinstance(database.place, Path):
        yield
        return
    lock = AdvisoryLock(database.place)
    owner = asyncio.current_task()
    assert owner is not None
    await lock.take()
    watch = asyncio.create_task(_watch(lock, database, owner), name="ownership")
    try:
        yield
    except asyncio.CancelledError:
        if watch.done() and not watch.cancelled() and (error := watch.exception()):
            owner.uncancel()
            raise error from None
        raise
    finally:
        watch.cancel()
        await asyncio.wait([watch])
        await lock.let_go()


class AdvisoryLock:
    """The lock, and the connection of its own that holds it."""

    def __init__(self, url: URL) -> None:
        self._url = url
        name = f"botcore on {socket.gethostname()[:32]}, process {os.getpid()}"
        self._engine = create_async_engine(
            url,
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
            hide_parameters=True,
            connect_args={"connect_timeout": 10, "application_name": name},
        )
        self._connection: AsyncConnection | None = None
        self._session: int | None = None  # the server's name for the connection

    async def take(self) -> None:
        """Take the lock; raise `OwnerError` when somebody else has it."""
        try:
            self._connection = await self._engine.connect()
        except DBAPIError as error:
            raise StoreError(f"{show(self._url)} can't be reached: {_reason(error)}") from error
        if not await self._connection.scalar(TAKE):
            holder = (await self._connection.execute(HOLDER)).first()
            await self.let_go()
            raise OwnerError(
                f"{show(self._url)} is in use by another botcore "
                f"({holder.application_name if holder else 'which has just left'}). End that one first, "
                "or name another database in store.url."
            )
        self._session = await self._connection.scalar(SESSION)

    async def beat(self) -> None:
        """Make sure that the lock is held; raise what says that nobody can tell."""
        assert self._connection is not None
        async with asyncio.timeout(BEAT_TIMEOUT):
            await self._connection.scalar(text("SELECT 1"))

    async def take_again(self, epoch: int | None) -> None:
        """Take the lock after its connection broke; raise `OwnerError` when it was another's meanwhile.

        `epoch`: of this process. None: it has not taken over yet, so that nothing of it can be lost.
        """
        await self.let_go()
        connection = self._connection = await self._engine.connect()
        # The server may not have noticed yet that the broken connection is gone.
        holder = (await connection.execute(HOLDER)).first()
        if holder and holder.pid == self._session:
            await connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": holder.pid})
            await asyncio.sleep(0.1)
        taken = await connection.scalar(TAKE)
        if not taken or (epoch and await connection.scalar(text("SELECT epoch FROM owner")) != epoch):
            raise OwnerError(f"{show(self._url)} was taken over by another botcore, so this one leaves.")
        self._session = await connection.scalar(SESSION)

    async def let_go(self) -> None:
        """Close the connection, and with it the lock."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(DBAPIError, OSError):
                await connection.invalidate()
                await connection.close()


async def _watch(lock: AdvisoryLock, database: Database, owner: asyncio.Task[object]) -> None:
    while True:
        await asyncio.sleep(BEAT_SECONDS)
        try:
            await lock.beat()
        except (DBAPIError, OSError):
            database.refuse(OwnerError("The database's lock was lost; it is being taken again."))
            log.warning("ownership_lost")
            try:
                await _take_again(lock, database)
            except OwnerError as error:
                database.refuse(error)
                owner.cancel()
                raise
            database.refuse(None)
            log.info("ownership_taken_again")


async def _take_again(lock: AdvisoryLock, database: Database) -> None:
    while True:
        try:
            async with asyncio.timeout(BEAT_TIMEOUT):
                return await lock.take_again(database.epoch)
        except (DBAPIError, OSError):
            await asyncio.sleep(BEAT_SECONDS)


def _reason(error: DBAPIError) -> str:
    """Return the server's own words, in one line."""
    return " ".join(str(error.orig).split())
