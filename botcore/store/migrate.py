"""Brings a database to the schema this version knows."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from alembic import command
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DatabaseError

from botcore.errors import MigrationError, StoreError
from botcore.store.branches import CORE_VERSIONS, Branch, all_branches
from botcore.store.place import Place, show


def open_plainly(place: Place, *, writes: bool = True) -> Engine:
    """Return an engine for one thread, for what no running bot does."""
    if not isinstance(place, Path):
        return create_engine(place, hide_parameters=True, connect_args={"connect_timeout": 10})
    engine = create_engine(f"sqlite:///{place}", hide_parameters=True)
    event.listen(engine, "connect", _leave_transactions_to_us)
    begin = "BEGIN IMMEDIATE" if writes else "BEGIN"
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    return engine


def revision_of(connection: Connection, branch: Branch | None = None) -> str | None:
    """Return the revision of the core's schema or of a branch; None where it has no tables yet."""
    table = branch.version_table if branch else CORE_VERSIONS
    return MigrationContext.configure(connection, opts={"version_table": table}).get_current_revision()


def is_current(connection: Connection) -> bool:
    """Tell whether every branch's tables are those of the version that is installed."""
    return all(revision_of(connection, branch) == branch.revisions()[0] for branch in all_branches())


def upgrade(place: Place) -> None:
    """Create or upgrade a database, the tables that packages bring included, in one transaction.

    A SQLite file that has a schema already is copied beside itself first. `StoreError`: the database
    can't be used. `MigrationError`: a migration failed, and the database is as it was before.
    """
    if isinstance(place, Path):
        place.touch(mode=0o600)  # what people wrote is for this user's eyes; the WAL takes the same mode
    engine = open_plainly(place)
    try:
        with engine.begin() as connection:
            _upgrade(connection, place)
    except DatabaseError as error:
        raise StoreError(f"{show(place)} can't be opened as a database: {one_line(error)}.") from error
    finally:
        engine.dispose()


def _upgrade(connection: Connection, place: Place) -> None:
    behind = [branch for branch in all_branches() if _is_behind(connection, place, branch)]
    current = revision_of(connection)
    copy = ""
    if behind and current is not None and isinstance(place, Path):
        copy = f" A copy of before is {_back_up(place, behind[0].named(revision_of(connection, behind[0])))}."
    for branch in behind:
        _bring_up(connection, place, branch, copy)


def _is_behind(connection: Connection, place: Place, branch: Branch) -> bool:
    """Tell whether a branch has to be upgraded; raise `StoreError` when this version is the older one."""
    current, known = revision_of(connection, branch), branch.revisions()
    if current is not None and current not in known:
        raise StoreError(
            f"{show(place)} was written by a newer {branch.package} (schema {branch.named(current)}). "
            "Install that version again, or use another database."
        )
    return current != known[0]


def _bring_up(connection: Connection, place: Place, branch: Branch, copy: str) -> None:
    current = revision_of(connection, branch)
    branch.config.attributes["connection"] = connection
    branch.config.attributes["version_table"] = branch.version_table
    try:
        command.upgrade(branch.config, "head")
    except Exception as error:
        reason = one_line(error) if isinstance(error, DatabaseError) else f"{type(error).__name__}: {error}"
        raise MigrationError(
            f"{show(place)} could not be brought from schema {branch.named(current)} to "
            f"{branch.named(branch.revisions()[0])}: {reason}. Nothing was changed.{copy} Go back to the "
            "version you had, and report this."
        ) from error


def one_line(error: DatabaseError) -> str:
    """Return a database's own words."""
    return " ".join(str(error.orig).split()).rstrip(".")


def _back_up(path: Path, revision: str) -> Path:
    backup = path.with_name(f"{path.name}.before-upgrade-from-{revision}")
    backup.touch(mode=0o600)
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(backup)) as target:
        source.backup(target)
    return backup


def _leave_transactions_to_us(connection: DBAPIConnection, record: object) -> None:
    connection.isolation_level = None
