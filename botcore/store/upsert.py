"""INSERT … ON CONFLICT, which SQLite and PostgreSQL share and standard SQL has not."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import ReturningInsert

Insert = sqlite.Insert | postgresql.Insert


def insert(connection: Connection, table: Table) -> Insert:
    """Return an insert for the connection's database, which has `on_conflict_do_nothing` and `_do_update`."""
    return insert_for(connection.dialect.name, table)


def insert_for(dialect: str, table: Table) -> Insert:
    """Return the same for a kind of database."""
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


def add_if_new(connection: Connection, table: Table) -> ReturningInsert[Any]:
    """Return an insert of what it is executed with, which returns the new id.

    A row that is there already is left alone, and nothing is returned.
    """
    return _add_if_new(connection.dialect.name, table)


@cache  # building a statement takes longer than running it
def _add_if_new(dialect: str, table: Table) -> ReturningInsert[Any]:
    return insert_for(dialect, table).on_conflict_do_nothing().returning(table.c.id)
