"""A database on a server has one owner, wherever it runs."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator

import pytest
from sqlalchemy import URL

from botcore.errors import OwnerError, StoreError
from botcore.store import Database, Store, ownership
from botcore.store.ownership import own_database
from tests.fakes.postgresql import PostgresqlServer

LOCKS = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted"


@pytest.fixture(autouse=True)
def quick_beats(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ownership, "BEAT_SECONDS", 0.05)


@pytest.fixture
def place(postgresql: PostgresqlServer) -> Iterator[URL]:
    """Return a database that nobody owns at the end either."""
    yield postgresql.new()
    assert postgresql.execute(LOCKS) == []


def break_the_lock(postgresql: PostgresqlServer) -> None:
    """End the connection that holds the lock, as a network that breaks would."""
    [(pid,)] = postgresql.execute(LOCKS)
    postgresql.execute(f"SELECT pg_terminate_backend({pid})")


async def test_a_second_owner_is_refused_with_the_name_of_the_first(place: URL) -> None:
    first, second = Database(place), Database(place)

    async with own_database(first):
        with pytest.raises(OwnerError, match=rf"in use by another botcore \(botcore on .*{os.getpid()}"):
            async with own_database(second):
                pytest.fail("two own it")


async def test_an_owner_that_leaves_makes_room(place: URL) -> None:
    async with own_database(Database(place)):
        pass

    async with own_database(Database(place)):
        pass


async def test_two_databases_of_one_server_have_two_owners(place: URL, postgresql: PostgresqlServer) -> None:
    async with own_database(Database(place)), own_database(Database(postgresql.new())):
        pass


async def test_a_lock_that_broke_is_taken_again(place: URL, postgresql: PostgresqlServer) -> None:
    database = Database(place)
    store = Store(database)

    async with own_database(database):
        await store.take_over()
        await asyncio.sleep(0.2)
        break_the_lock(postgresql)
        async with asyncio.timeout(10):
            while not postgresql.execute(LOCKS):
                await asyncio.sleep(0.05)
            await asyncio.sleep(0.2)
        await store.release_all(1)
    await store.close()


async def test_a_lock_that_breaks_before_anything_was_begun_is_taken_again_too(
    place: URL, postgresql: PostgresqlServer
) -> None:
    database = Database(place)
    store = Store(database)

    async with own_database(database):
        break_the_lock(postgresql)
        async with asyncio.timeout(20):
            await asyncio.sleep(0.2)
            while not postgresql.execute(LOCKS):
                await asyncio.sleep(0.05)
            await asyncio.sleep(0.2)
        await store.release_all(await store.take_over())
    await store.close()


async def test_a_lock_that_breaks_right_after_the_start_is_taken_again(
    place: URL, postgresql: PostgresqlServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ownership, "BEAT_SECONDS", 0.5)
    database = Database(place)
    store = Store(database)

    async with own_database(database), asyncio.timeout(20):
        epoch = await store.take_over()
        break_the_lock(postgresql)  # before the first beat
        await asyncio.sleep(0.6)
        while not postgresql.execute(LOCKS):
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.2)
        await store.release_all(epoch)
    await store.close()


async def test_an_owner_whose_place_was_taken_leaves_and_writes_nothing(
    place: URL, postgresql: PostgresqlServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ownership, "BEAT_SECONDS", 0.5)
    old, new = Database(place), Database(place)
    ready = asyncio.Event()
    refused: list[OwnerError] = []

    async def own_and_hold_on() -> None:
        async with own_database(old):
            await Store(old).take_over()
            ready.set()
            try:
                await asyncio.sleep(60)
            finally:
                with pytest.raises(OwnerError) as caught:
                    await Store(old).release_all(1)
                refused.append(caught.value)

    holding_on = asyncio.create_task(own_and_hold_on())
    await ready.wait()
    await asyncio.sleep(0.7)
    break_the_lock(postgresql)
    async with own_database(new), asyncio.timeout(20):
        await Store(new).take_over()
        with pytest.raises(OwnerError, match="taken over by another"):
            await holding_on

    assert refused
    await old.close()
    await new.close()


async def test_a_server_that_is_not_there_is_told_without_the_password() -> None:
    place = URL.create("postgresql+psycopg", "ana", "s3cret", "127.0.0.1", 1, "botcore")

    with pytest.raises(StoreError, match=r"PostgreSQL's botcore on 127\.0\.0\.1 can't be reached") as caught:
        async with own_database(Database(place)):
            pytest.fail("nothing is there")

    assert "s3cret" not in str(caught.value)
