"""Deleting rows with everything that rests on them, whatever tables there are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Column, Connection, Table, cast, delete, func, select, update
from sqlalchemy import Date as DateType

from botcore.store import schema
from botcore.store.tables import OWNED
from botcore.store.upsert import insert

AT_ONCE = 200  # messages in one transaction: others write in between


def delete_rows(connection: Connection, table: Table, ids: Sequence[Any]) -> None:
    """Delete rows, and those that can't be without them; the rest forgets them.

    What the model did for a turn that goes stays as a number, of nobody's.
    """
    if not ids:
        return
    for other, column in references_to(table):
        if not column.info[OWNED]:
            connection.execute(update(other).where(column.in_(ids)).values({column: None}))
            continue
        if other is schema.usage:
            sum_up(connection, column, ids)
        delete_rows(connection, other, list(connection.scalars(select(other.c.id).where(column.in_(ids)))))
    connection.execute(delete(table).where(table.c.id.in_(ids)))


def references_to(table: Table) -> Iterator[tuple[Table, Column[Any]]]:
    """Return the columns of other tables, and of its own, that refer to a table's rows."""
    for other in schema.metadata.sorted_tables:
        for key in other.foreign_keys:
            if key.column.table is table:
                yield other, key.parent


def sum_up(connection: Connection, column: Column[Any], ids: Sequence[Any]) -> None:
    """Add what is about to be deleted to the sums of its days, which tell of nobody."""
    usage, total = schema.usage.c, schema.usage_sum
    is_sqlite = connection.dialect.name == "sqlite"
    day = func.date(usage.at) if is_sqlite else cast(func.timezone("UTC", usage.at), DateType)
    rows = connection.execute(
        select(
            usage.tenant_id,
            day.label("day"),
            func.count(),
            func.sum(usage.prompt_tokens),
            func.sum(usage.answer_tokens),
            func.sum(usage.seconds),
        )
        .where(column.in_(ids))
        .group_by(usage.tenant_id, day)
    ).all()
    names = ("turns", "prompt_tokens", "answer_tokens", "seconds")
    for tenant_id, its_day, *sums in rows:
        its_day = date.fromisoformat(its_day) if isinstance(its_day, str) else its_day
        new = dict(zip(names, sums, strict=True))
        connection.execute(
            insert(connection, total)
            .values(tenant_id=tenant_id, day=its_day, **new)
            .on_conflict_do_update(
                index_elements=["tenant_id", "day"], set_={name: total.c[name] + new[name] for name in names}
            )
        )
