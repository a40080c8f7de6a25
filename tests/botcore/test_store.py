"""The store over a real SQLite file and a real PostgreSQL server."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from botcore.errors import StoreError
from botcore.store import Database, Store
from botcore.store.migrate import upgrade
from botcore.testing.store_contract import StoreContract
from tests.botcore.alone_contract import AloneContract
from tests.botcore.asking_contract import AskingContract
from tests.botcore.buttons_contract import ButtonsContract
from tests.botcore.changes_contract import ChangesContract
from tests.botcore.citations_contract import CitationsContract
from tests.botcore.given_up_contract import GivenUpContract
from tests.botcore.past_contract import PastContract
from tests.botcore.threads_contract import ThreadsContract
from tests.fakes.postgresql import PostgresqlServer


class Everything(
    StoreContract,
    ChangesContract,
    ButtonsContract,
    ThreadsContract,
    CitationsContract,
    PastContract,
    AloneContract,
    AskingContract,
    GivenUpContract,
):
    """What every store must do."""


class TestSqlite(Everything):
    """The contract over SQLite."""


class TestPostgresql(Everything):
    """The contract over PostgreSQL."""

    @pytest.fixture
    async def store(self, postgresql: PostgresqlServer) -> AsyncIterator[Store]:
        store = Store(Database(postgresql.new()))
        yield store
        await store.close()


async def test_a_reader_can_not_write(store: Store) -> None:
    with pytest.raises(Exception, match="readonly"):
        await store.database.read(lambda it: it.exec_driver_sql("INSERT INTO owner VALUES (1, 1)"))


async def test_the_writer_syncs_every_commit_and_checks_foreign_keys(store: Store) -> None:
    names = ("journal_mode", "synchronous", "foreign_keys")

    values = await store.database.write(
        lambda connection: [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names]
    )

    assert values == ["wal", 2, 1]


def test_a_file_that_is_no_database_is_refused_with_its_name(tmp_path: Path) -> None:
    path = tmp_path / "botcore.db"
    path.write_text("this is not a database, whatever its name says\n" * 50)

    with pytest.raises(StoreError, match=r"botcore\.db can't be opened as a database"):
        upgrade(path)


def test_a_database_of_a_newer_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "botcore.db"
    upgrade(path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(StoreError, match="newer botcore"):
        upgrade(path)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == ("9999",)


def test_upgrading_twice_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "botcore.db"
    upgrade(path)
    before = path.read_bytes()

    upgrade(path)

    assert path.read_bytes() == before


def test_only_its_user_can_read_the_database(tmp_path: Path) -> None:
    path = tmp_path / "botcore.db"

    upgrade(path)

    assert path.stat().st_mode & 0o077 == 0
