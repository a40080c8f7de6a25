"""A real PostgreSQL server for the tests, from a wheel."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import psycopg
from sqlalchemy import URL, make_url

from botcore.store.migrate import upgrade

MIGRATED = "migrated"


class PostgresqlServer:
    """Hands out databases."""

    def __init__(self, address: str) -> None:
        self._url = make_url(address).set(drivername="postgresql+psycopg")
        self._numbers = count(1)
        # What these tests say must survive no crash of the machine.
        self.execute("ALTER SYSTEM SET fsync = off")
        self.execute("SELECT pg_reload_conf()")
        self.execute(f"CREATE DATABASE {MIGRATED}")
        upgrade(self._url.set(database=MIGRATED))

    def new(self, *, migrated: bool = True) -> URL:
        """Return a database of its own."""
        name = f"test_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {MIGRATED if migrated else 'template0'}")
        return self._url.set(database=name)

    def execute(self, statement: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Run one statement, outside any transaction."""
        address = self._url.set(drivername="postgresql", database=database)
        with psycopg.connect(address.render_as_string(hide_password=False), autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []


@contextmanager
def postgresql_server() -> Iterator[PostgresqlServer]:
    """Start a server and stop it again."""
    with warnings.catch_warnings(), tempfile.TemporaryDirectory(prefix="botcore-pg-") as folder:
        warnings.simplefilter("ignore")  # it warns when XDG_RUNTIME_DIR is not set
        from pgserver.postgres_server import get_server

        server = get_server(folder)
        try:
            yield PostgresqlServer(server.get_uri())
        finally:
            server.cleanup()
