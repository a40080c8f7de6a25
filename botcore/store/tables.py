"""What the declarations of the tables are made of."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Column, DateTime, Dialect, ForeignKey, Integer, MetaData, TypeDecorator

OWNED = "owned"  # of a column that refers to a row: its own row goes with that one


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC. SQLite forgets time zones, so they are put back on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value if value is None or value.tzinfo else value.replace(tzinfo=UTC)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def own_id() -> Column[int]:
    """Return the column that a table's rows are known by."""
    return Column("id", Integer, primary_key=True)


def refers(
    table: str, *, nullable: bool = False, name: str | None = None, owned: bool | None = None
) -> Column[Any]:
    """Return a column that refers to a row of another table.

    `owned`: whether a row goes when the one it refers to is deleted; by default one that can't be without
    it does, and any other forgets it.
    """
    its_owner = not nullable if owned is None else owned
    return Column(
        name or f"{table}_id", ForeignKey(f"{table}.id"), nullable=nullable, info={OWNED: its_owner}
    )
