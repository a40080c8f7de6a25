"""SQLite in threads: one that writes, and a few that read.

The body of a transaction runs as a whole in one of them, which costs one hop to a thread and back.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Generic, TypeVar, cast

from sqlalchemy import Connection, Engine, RootTransaction, create_engine, event
from sqlalchemy.exc import OperationalError

T = TypeVar("T")
Body = Callable[[Connection], T]

WRITER_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000")
READER_PRAGMAS = ("query_only=ON", "wal_autocheckpoint=0", "busy_timeout=5000")
READERS = 4
LARGEST_GROUP = 128  # writes in a commit, so that the first need not wait long for the last


class Sqlite:
    """One file, for one event loop.

    Writers that wait are committed together: one sync of the disk for all of them.
    """

    def __init__(self, path: Path, committed: Callable[[int], None] = lambda writes: None) -> None:
        """`committed` is called on the event loop after each commit with how many writes were in it."""
        self._committed = committed
        self._writer = _engine(path, WRITER_PRAGMAS, connections=1)
        self._readers = _engine(path, READER_PRAGMAS, connections=READERS)
        self._writes, self._reads = Jobs(), Jobs()
        self._threads: list[threading.Thread] = []
        self._is_closed = False

    async def write(self, body: Body[T]) -> T:
        """Run a body behind those before it, and return what it did once that is committed.

        One whose caller is cancelled before it has begun never does; one that has begun ends all the
        same. One that raises takes back its own work only; a COMMIT that fails fails its whole group.
        """
        return await self._do(body, self._writes)

    async def read(self, body: Body[T]) -> T:
        """Run a body that reads, beside others."""
        return await self._do(body, self._reads)

    async def close(self) -> None:
        """Do what was asked for, then end the threads; the last connection checkpoints."""
        self._is_closed = True
        await asyncio.to_thread(self._end)

    async def _do(self, body: Body[T], jobs: Jobs) -> T:
        if self._is_closed:
            raise RuntimeError("The database is closed.")
        if not self._threads:
            self._begin()
        job = Job(body)
        jobs.put(job)
        return await job.future

    def _begin(self) -> None:
        targets = [self._serve_writers, *[self._serve_readers] * READERS]
        self._threads = [threading.Thread(target=one, name="database", daemon=True) for one in targets]
        for thread in self._threads:
            thread.start()

    def _end(self) -> None:
        self._reads.end()
        self._writes.end()
        for thread in self._threads:
            thread.join()
        self._readers.dispose()
        self._writer.dispose()

    def _serve_readers(self) -> None:
        while jobs := self._reads.take(1):
            try:
                with self._readers.connect() as connection:
                    _begin(connection, "BEGIN")
                    jobs[0].run(connection)
            except BaseException as error:
                jobs[0].fail(error)
            _call_on_loop(jobs, jobs[0].tell)

    def _serve_writers(self) -> None:
        while group := self._writes.take(LARGEST_GROUP):
            is_committed = False
            try:
                is_committed = self._commit_together(group)
            except BaseException as error:
                for job in group:
                    job.fail(error)
            _call_on_loop(group, self._tell, group, is_committed)

    def _tell(self, group: list[Job[Any]], is_committed: bool) -> None:
        if is_committed:
            self._committed(len(group))
        for job in group:
            job.tell()

    def _commit_together(self, group: list[Job[Any]]) -> bool:
        """Return whether there was something to commit."""
        with self._writer.connect() as connection:
            try:
                transaction, driver = _begin(connection, "BEGIN IMMEDIATE")
                if len(group) > 1:
                    for job in group:
                        _run_apart(job, connection, driver)
                elif not group[0].run(connection):
                    transaction.rollback()
                    return False
                _check(driver)
                transaction.commit()
            except BaseException:
                connection.invalidate()  # whatever is left of the transaction goes with it
                raise
        return True


class Job(Generic[T]):
    """The body of a transaction, on its way to a thread and back."""

    def __init__(self, body: Body[T]) -> None:
        self.future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._body = body
        self._result: T | None = None
        self._error: BaseException | None = None

    def run(self, connection: Connection) -> bool:
        """Run the body, in the thread; return whether it came to its end."""
        if self.future.cancelled():
            return False  # nobody wants it any more
        try:
            self._result = self._body(connection)
        except BaseException as error:
            self._error = error
        return self._error is None

    def fail(self, error: BaseException) -> None:
        """Note, in the thread, why nothing came of it, unless its own body has said so."""
        self._error = self._error or error

    def tell(self) -> None:
        """Let its caller go on, on the event loop, if it still waits."""
        if self.future.done():
            return
        if self._error:
            self.future.set_exception(self._error)
        else:
            self.future.set_result(cast("T", self._result))


class Jobs:
    """What waits for a thread, in order."""

    def __init__(self) -> None:
        self._queue: SimpleQueue[Job[Any] | None] = SimpleQueue()

    def put(self, job: Job[Any]) -> None:
        self._queue.put(job)

    def end(self) -> None:
        """Let no more come behind those that wait."""
        self._queue.put(None)

    def take(self, most: int) -> list[Job[Any]]:
        """Wait for a job, and take what waits behind it too. Nothing comes at the end of all."""
        taken: list[Job[Any]] = []
        while job := self._queue.get():
            taken.append(job)
            if len(taken) == most or self._queue.empty():
                return taken
        self._queue.put(None)  # the end is for every thread, and again for this one
        return taken


def _begin(connection: Connection, sql: str) -> tuple[RootTransaction, sqlite3.Connection]:
    transaction = connection.begin()
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    # Not by an event of SQLAlchemy's: an engine that has one looks for others at every statement.
    _execute(driver, sql)
    return transaction, driver


def _run_apart(job: Job[Any], connection: Connection, driver: sqlite3.Connection) -> None:
    """Run a body so that its work can be taken back without that of the others."""
    _check(driver)
    _execute(driver, "SAVEPOINT body")
    if not job.run(connection):
        _check(driver)
        _execute(driver, "ROLLBACK TO body")
    _execute(driver, "RELEASE body")


def _execute(driver: sqlite3.Connection, sql: str) -> None:
    try:
        driver.execute(sql)  # past SQLAlchemy, which would take ten times as long
    except sqlite3.Error as error:
        raise OperationalError(sql, None, error) from error


def _check(driver: sqlite3.Connection) -> None:
    """Raise when SQLite has taken the whole transaction back by itself, as it does on a full disk.

    Committing nothing would then look like success.
    """
    if not driver.in_transaction:
        reason = sqlite3.OperationalError("the transaction was taken back")
        raise OperationalError("COMMIT", None, reason)


def _call_on_loop(jobs: list[Job[Any]], callback: Callable[..., None], *arguments: object) -> None:
    with suppress(RuntimeError):  # the loop is closed: nobody waits
        jobs[0].future.get_loop().call_soon_threadsafe(callback, *arguments)


def _engine(path: Path, pragmas: tuple[str, ...], connections: int) -> Engine:
    engine = create_engine(
        f"sqlite:///{path}",
        pool_size=connections,
        max_overflow=0,
        hide_parameters=True,  # an error is logged; what people wrote is not
        connect_args={"check_same_thread": False},  # a pool lends each to one thread after the other
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, record: object) -> None:
        connection.isolation_level = None  # the driver's own BEGIN would be a deferred one
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}").close()

    return engine
