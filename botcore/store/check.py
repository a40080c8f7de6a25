"""Looks whether a database is sound, and what it holds."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Table, func, select
from sqlalchemy.exc import DatabaseError

from botcore.access.roles import UserRole
from botcore.errors import InputError, StoreError
from botcore.store import schema
from botcore.store.migrate import is_current, one_line, open_plainly, revision_of
from botcore.store.place import Place, show


@dataclass(frozen=True, slots=True)
class Report:
    """What a sound database holds."""

    revision: str
    is_current: bool  # its schema is this version's
    messages: int
    inbox: dict[str, int]  # rows by state
    outbox: dict[str, int]
    let_in: int  # people, chats and tenants that may talk to the bot


def examine(place: Place) -> Report:
    """Read the whole database and return what it holds; raise `StoreError` when it is damaged."""
    if isinstance(place, Path) and not place.exists():
        raise InputError(f"There is no database yet: {place} does not exist.")
    engine = open_plainly(place, writes=False)
    try:
        with engine.begin() as connection:
            if isinstance(place, Path):
                _look_for_damage(connection, place)
            return _report(connection, place)
    except DatabaseError as error:
        raise StoreError(f"{show(place)} can't be read: {one_line(error)}.") from error
    finally:
        engine.dispose()


def _look_for_damage(connection: Connection, path: Path) -> None:
    found = list(connection.exec_driver_sql("PRAGMA integrity_check").scalars())
    if found != ["ok"]:
        raise StoreError(
            f"{path} is damaged ({len(found)} findings, the first: {' '.join(found[0].split())}). Stop the "
            "bot, keep the file, and put your last good backup in its place."
        )
    orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    if orphans:
        raise StoreError(
            f"{path} is damaged: {len(orphans)} rows refer to others that are not there, the first in the "
            f"table {orphans[0][0]}. Stop the bot, keep the file, and put your last good backup in its place."
        )


def _report(connection: Connection, place: Place) -> Report:
    revision = revision_of(connection)
    if revision is None:
        raise StoreError(f"{show(place)} has no schema yet: `botcore db upgrade` creates it.")
    return Report(
        revision=revision,
        is_current=is_current(connection),
        messages=connection.scalar(select(func.count()).select_from(schema.message)) or 0,
        inbox=_states(connection, schema.inbox),
        outbox=_states(connection, schema.outbox),
        let_in=_let_in(connection),
    )


def _let_in(connection: Connection) -> int:
    grants = select(func.count()).where(schema.grant.c.role != UserRole.REVOKED)
    tenants = select(func.count()).where(schema.tenant.c.allowed_at.is_not(None))
    chats = select(func.count()).where(schema.chat.c.allowed)
    return sum(connection.scalar(query) or 0 for query in (grants, tenants, chats))


def _states(connection: Connection, table: Table) -> dict[str, int]:
    rows = connection.execute(select(table.c.state, func.count()).group_by(table.c.state).order_by("state"))
    return {row[0]: row[1] for row in rows}
