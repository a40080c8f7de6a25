"""Writers that wait for SQLite are committed together."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import OperationalError

from botcore.store import Database, sqlite

COUNT = "SELECT writer, count(*) AS lines FROM note GROUP BY 1"


class Notes:
    """A database with one table, and what its commits were."""

    def __init__(self, path: Path) -> None:
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("CREATE TABLE note (writer, line, UNIQUE (writer, line))")
        self.database = Database(path)
        self.commits: list[float] = []  # how many writes each was for
        self.database.committed = self.commits.append

    async def write(self, writer: int, *, lines: int = 2, error: Exception | None = None) -> None:
        def body(connection: Connection) -> None:
            for line in range(lines):
                insert(connection, writer, line)
            if error:
                raise error

        await self.database.write(body)

    async def lines(self) -> dict[int, int]:
        """Return how many lines of each writer are there."""
        rows = await self.database.read(lambda connection: connection.exec_driver_sql(COUNT).all())
        return {row.writer: row.lines for row in rows}

    @asynccontextmanager
    async def held_up(self) -> AsyncIterator[None]:
        """Let everybody wait who wants to write meanwhile."""
        begun, go_on = threading.Event(), threading.Event()

        def hold(connection: Connection) -> None:
            begun.set()
            go_on.wait()

        holding = asyncio.create_task(self.database.write(hold))
        await asyncio.to_thread(begun.wait)
        try:
            yield
        finally:
            go_on.set()
            await holding


def insert(connection: Connection, writer: int, line: int) -> None:
    connection.exec_driver_sql("INSERT INTO note VALUES (?, ?)", (writer, line))


def left_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def begin(*coroutines: Coroutine[Any, Any, None]) -> list[asyncio.Task[None]]:
    """Let them all run until they wait."""
    tasks = [asyncio.create_task(one) for one in coroutines]
    await asyncio.sleep(0)
    return tasks


@pytest.fixture
async def notes(tmp_path: Path) -> AsyncIterator[Notes]:
    notes = Notes(tmp_path / "notes.db")
    yield notes
    await notes.database.close()


async def test_writers_that_wait_share_a_commit(notes: Notes) -> None:
    async with notes.held_up():
        writers = await begin(*(notes.write(writer) for writer in range(50)))
    await asyncio.gather(*writers)

    assert await notes.lines() == dict.fromkeys(range(50), 2)
    assert notes.commits == [1, 50]


async def test_a_writer_alone_is_committed_at_once(notes: Notes) -> None:
    for writer in range(3):
        await notes.write(writer)
        assert (await notes.lines())[writer] == 2

    assert notes.commits == [1, 1, 1]


async def test_writers_write_in_the_order_in_which_they_asked(notes: Notes) -> None:
    written: list[int] = []

    async def write(writer: int) -> None:
        await notes.database.write(lambda connection: written.append(writer))

    async with notes.held_up():
        writers = await begin(*(write(n) for n in range(300)))
    await asyncio.gather(*writers)

    assert written == list(range(300))


async def test_a_writer_that_fails_takes_only_its_own_work_back(notes: Notes) -> None:
    errors = {n: ValueError(f"no {n}") for n in range(0, 20, 3)}

    async with notes.held_up():
        writers = await begin(*(notes.write(n, error=errors.get(n)) for n in range(20)))
    results = await asyncio.gather(*writers, return_exceptions=True)

    assert results == [errors.get(n) for n in range(20)]
    assert await notes.lines() == {n: 2 for n in range(20) if n not in errors}


async def test_a_writer_that_fails_alone_takes_its_work_back(notes: Notes) -> None:
    with pytest.raises(ValueError, match="no"):
        await notes.write(1, error=ValueError("no"))

    assert await notes.lines() == {}


async def test_a_statement_that_fails_is_no_reason_to_lose_the_others(notes: Notes) -> None:
    def break_the_rule(connection: Connection) -> None:
        insert(connection, 99, 0)
        insert(connection, 99, 0)

    async with notes.held_up():
        writers = await begin(notes.write(1), notes.database.write(break_the_rule), notes.write(2))
    results = await asyncio.gather(*writers, return_exceptions=True)

    assert [type(result).__name__ for result in results] == ["NoneType", "IntegrityError", "NoneType"]
    assert await notes.lines() == {1: 2, 2: 2}


async def test_a_commit_that_fails_fails_all_it_was_for_and_no_other(notes: Notes) -> None:
    commits: list[object] = []

    def fail_the_second(connection: object) -> None:
        commits.append(connection)
        if len(commits) == 2:
            raise OperationalError("COMMIT", {}, sqlite3.OperationalError("disk I/O error"))

    event.listen(Engine, "commit", fail_the_second)
    try:
        async with notes.held_up():
            writers = await begin(*(notes.write(n) for n in range(5)))
        results = await asyncio.gather(*writers, return_exceptions=True)
        await notes.write(7)
    finally:
        event.remove(Engine, "commit", fail_the_second)

    assert [type(result) for result in results] == [OperationalError] * 5
    assert await notes.lines() == {7: 2}


async def test_when_somebody_else_holds_the_database_everybody_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "WRITER_PRAGMAS", ("journal_mode=WAL", "busy_timeout=20"))
    notes = Notes(tmp_path / "notes.db")
    with closing(sqlite3.connect(tmp_path / "notes.db")) as other:
        other.execute("BEGIN IMMEDIATE")
        results = await asyncio.gather(*(notes.write(n) for n in range(5)), return_exceptions=True)
    await notes.write(7)

    assert ["locked" in str(result) for result in results] == [True] * 5
    assert await notes.lines() == {7: 2}
    await notes.database.close()


async def test_a_full_disk_is_told_to_every_writer_that_it_hits(notes: Notes) -> None:
    await notes.database.write(lambda connection: connection.exec_driver_sql("PRAGMA max_page_count=3"))

    async def write_much(writer: int) -> None:
        def body(connection: Connection) -> None:
            for line in range(20):
                connection.exec_driver_sql("INSERT INTO note VALUES (?, ?)", (writer, f"{line}" * 400))

        await notes.database.write(body)

    async with notes.held_up():
        writers = await begin(*(write_much(n) for n in range(4)))
    results = await asyncio.gather(*writers, return_exceptions=True)
    await notes.write(7)

    assert "full" in str(results[0])
    assert [type(result) for result in results] == [OperationalError] * 4
    assert await notes.lines() == {7: 2}


async def cancelled_after(seconds: float, notes: Notes) -> tuple[int, bool]:
    """Cancel one of four writers after some time; return its lines and whether it ended."""
    others = [asyncio.create_task(notes.write(n, lines=3)) for n in (1, 2)]
    victim = asyncio.create_task(notes.write(3, lines=3))
    late = asyncio.create_task(notes.write(4, lines=3))
    await asyncio.sleep(seconds)
    victim.cancel()
    with suppress(asyncio.CancelledError):
        await victim
    await asyncio.gather(*others, late)
    lines = await notes.lines()
    assert {n: lines.get(n) for n in (1, 2, 4)} == {1: 3, 2: 3, 4: 3}
    return lines.get(3, 0), not victim.cancelled()


async def test_a_writer_cancelled_at_any_moment_has_written_all_or_nothing(tmp_path: Path) -> None:
    seen = set()
    for step in range(40):
        notes = Notes(tmp_path / f"{step}.db")
        lines, ended = await cancelled_after(step * 0.001 if step < 39 else 1.0, notes)
        await notes.database.close()
        assert lines == 3 if ended else lines in {0, 3}
        seen.add((lines, ended))

    assert {(0, False), (3, True)} <= seen


async def test_a_writer_cancelled_before_it_began_writes_nothing(notes: Notes) -> None:
    async with notes.held_up():
        first, victim, last = await begin(notes.write(1), notes.write(2), notes.write(3))
        victim.cancel()
        await asyncio.sleep(0)
        assert victim.cancelled()
    await asyncio.gather(first, last)

    assert await notes.lines() == {1: 2, 3: 2}


async def test_a_writer_that_began_is_not_waited_for_after_its_deadline_and_ends(notes: Notes) -> None:
    go_on = threading.Event()

    def write_slowly(connection: Connection) -> None:
        insert(connection, 1, 0)
        go_on.wait()
        insert(connection, 1, 1)

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await notes.database.write(write_slowly)
    go_on.set()
    await notes.write(2)

    assert await notes.lines() == {1: 2, 2: 2}


async def test_a_long_body_holds_up_neither_the_loop_nor_readers(notes: Notes) -> None:
    slow = asyncio.create_task(notes.database.write(lambda connection: time.sleep(0.5)))
    turns = 0
    while not slow.done():
        assert await notes.lines() == {}
        turns += 1

    assert turns > 5


async def test_closing_waits_for_those_who_wait_and_leaves_one_file(tmp_path: Path) -> None:
    threads = set(threading.enumerate())
    notes = Notes(tmp_path / "notes.db")
    async with notes.held_up():
        writers = await begin(*(notes.write(n) for n in range(200)))
        [close] = await begin(notes.database.close())
    await close

    assert await asyncio.gather(*writers) == [None] * 200
    assert left_in(tmp_path) == ["notes.db"]
    assert "database" not in {one.name for one in set(threading.enumerate()) - threads}
    with closing(sqlite3.connect(tmp_path / "notes.db")) as connection:
        assert dict(connection.execute(COUNT).fetchall()) == dict.fromkeys(range(200), 2)


async def test_a_database_that_was_closed_says_so(notes: Notes) -> None:
    await notes.write(1)
    await notes.database.close()

    with pytest.raises(RuntimeError, match="closed"):
        await notes.write(2)
    with pytest.raises(RuntimeError, match="closed"):
        await notes.lines()


@settings(max_examples=25, deadline=None)
@given(
    plan=st.lists(
        st.tuples(st.sampled_from(["write", "fail", "cancel"]), st.integers(0, 6)), min_size=1, max_size=20
    )
)
def test_whatever_others_do_every_writer_gets_what_it_was_told(
    plan: list[tuple[str, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    async def play() -> None:
        notes = Notes(tmp_path_factory.mktemp("play") / "notes.db")
        tasks = []
        for number, (what, pause) in enumerate(plan):
            error = ValueError("no") if what == "fail" else None
            task = asyncio.create_task(notes.write(number, error=error))
            tasks.append(task)
            for _ in range(pause):
                await asyncio.sleep(0.0002)
            if what == "cancel":
                task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        lines = await notes.lines()
        await notes.database.close()
        for number, result in enumerate(results):
            if result is None:
                assert lines[number] == 2
            elif isinstance(result, ValueError):
                assert number not in lines
            else:
                assert lines.get(number, 2) == 2

    asyncio.run(play())
