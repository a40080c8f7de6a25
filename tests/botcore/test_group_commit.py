"""Writers that wait for SQLite are committed together."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection

from botcore.store import Database


class Notes:
    """A database with one table, and what its commits were."""

    def __init__(self, path: Path) -> None:
        with sqlite3.connect(path) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("CREATE TABLE note (writer, line, UNIQUE (writer, line))")
        self.database = Database(path)
        self.commits = 0
        event.listen(self.database._writers._engine.sync_engine, "commit", self._count)  # type: ignore[attr-defined]

    def _count(self, connection: object) -> None:
        self.commits += 1

    async def write(self, writer: int, *, lines: int = 2, error: Exception | None = None) -> None:
        async with self.database.write() as connection:
            for line in range(lines):
                await insert(connection, writer, line)
            if error:
                raise error

    async def lines(self) -> dict[int, int]:
        """Return how many lines of each writer are there."""
        async with self.database.read() as connection:
            rows = await connection.exec_driver_sql("SELECT writer, count(*) AS lines FROM note GROUP BY 1")
            return {row.writer: row.lines for row in rows}


async def insert(connection: AsyncConnection, writer: int, line: int) -> None:
    await connection.exec_driver_sql("INSERT INTO note VALUES (?, ?)", (writer, line))


@pytest.fixture
async def notes(tmp_path: Path) -> AsyncIterator[Notes]:
    notes = Notes(tmp_path / "notes.db")
    yield notes
    await notes.database.close()


async def test_writers_that_wait_share_a_commit(notes: Notes) -> None:
    await asyncio.gather(*(notes.write(writer) for writer in range(50)))

    assert await notes.lines() == dict.fromkeys(range(50), 2)
    assert notes.commits <= 2


async def test_a_writer_alone_is_committed_at_once(notes: Notes) -> None:
    for writer in range(3):
        await notes.write(writer)
        assert (await notes.lines())[writer] == 2

    assert notes.commits == 3


async def test_a_writer_that_fails_takes_only_its_own_work_back(notes: Notes) -> None:
    writers = [notes.write(n, error=ValueError("no") if n % 3 == 0 else None) for n in range(20)]

    results = await asyncio.gather(*writers, return_exceptions=True)

    assert await notes.lines() == {n: 2 for n in range(20) if n % 3}
    assert [isinstance(result, ValueError) for result in results] == [n % 3 == 0 for n in range(20)]


async def test_a_statement_that_fails_is_no_reason_to_lose_the_others(notes: Notes) -> None:
    async def break_the_rule() -> None:
        async with notes.database.write() as connection:
            await insert(connection, 99, 0)
            await insert(connection, 99, 0)

    results = await asyncio.gather(notes.write(1), break_the_rule(), notes.write(2), return_exceptions=True)

    assert [type(result).__name__ for result in results] == ["NoneType", "IntegrityError", "NoneType"]
    assert await notes.lines() == {1: 2, 2: 2}


async def test_a_commit_that_fails_fails_all_it_was_for_and_no_other(notes: Notes) -> None:
    def fail(connection: object) -> None:
        raise OperationalError("COMMIT", {}, sqlite3.OperationalError("disk I/O error"))

    engine = notes.database._writers._engine.sync_engine  # type: ignore[attr-defined]
    event.listen(engine, "commit", fail)
    results = await asyncio.gather(*(notes.write(n) for n in range(5)), return_exceptions=True)
    event.remove(engine, "commit", fail)
    await notes.write(7)

    assert [type(result) for result in results] == [OperationalError] * 5
    assert await notes.lines() == {7: 2}


async def test_a_full_disk_is_told_to_every_writer_that_it_hits(notes: Notes) -> None:
    async with notes.database.write() as connection:
        await connection.exec_driver_sql("PRAGMA max_page_count=3")

    async def write_much(writer: int) -> None:
        async with notes.database.write() as connection:
            for line in range(20):
                await connection.exec_driver_sql("INSERT INTO note VALUES (?, ?)", (writer, f"{line}" * 400))

    results = await asyncio.gather(*(write_much(n) for n in range(4)), return_exceptions=True)
    lines = await notes.lines()

    assert any("full" in str(result) for result in results)
    assert lines == {n: 20 for n, result in enumerate(results) if result is None}


async def cancelled_after(steps: int, notes: Notes) -> tuple[int, bool]:
    """Cancel one of three writers after some rounds of the loop; return its lines and whether it ended."""
    others = [asyncio.create_task(notes.write(n, lines=3)) for n in (1, 2)]
    victim = asyncio.create_task(notes.write(3, lines=3))
    late = asyncio.create_task(notes.write(4, lines=3))
    for _ in range(steps):
        await asyncio.sleep(0.0002)
    victim.cancel()
    with suppress(asyncio.CancelledError):
        await victim
    await asyncio.gather(*others, late)
    lines = await notes.lines()
    assert {n: lines.get(n) for n in (1, 2, 4)} == {1: 3, 2: 3, 4: 3}
    return lines.get(3, 0), not victim.cancelled()


async def test_a_writer_cancelled_at_any_point_has_written_all_or_nothing(tmp_path: Path) -> None:
    seen = set()
    for steps in range(40):
        notes = Notes(tmp_path / f"{steps}.db")
        lines, ended = await cancelled_after(steps, notes)
        await notes.database.close()
        assert lines == 3 if ended else lines in {0, 3}
        seen.add((lines, ended))

    assert {(0, False), (3, True)} <= seen


async def test_a_body_that_is_cancelled_between_statements_is_taken_back(notes: Notes) -> None:
    inside = asyncio.Event()

    async def write_slowly() -> None:
        async with notes.database.write() as connection:
            await insert(connection, 1, 0)
            inside.set()
            await asyncio.sleep(60)

    slow = asyncio.create_task(write_slowly())
    await inside.wait()
    other = asyncio.create_task(notes.write(2))
    slow.cancel()
    await asyncio.gather(slow, other, return_exceptions=True)

    assert await notes.lines() == {2: 2}


async def test_a_deadline_within_a_statement_is_still_a_deadline(notes: Notes) -> None:
    numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000)"

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01), notes.database.write() as connection:
            await connection.exec_driver_sql(f"{numbers} SELECT max(i) FROM n")
    await notes.write(1)

    assert await notes.lines() == {1: 2}


Step = Callable[[Notes, int], "asyncio.Task[None]"]


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
                await asyncio.sleep(0)
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
