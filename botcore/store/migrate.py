"""Brings a database to the schema this version knows."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DatabaseError

import botcore
from botcore.errors import MigrationError, StoreError
from botcore.store.place import Place, show


def migrations_folder() -> Path:
    """Return where the migrations are: beside the package in the repository, inside it in a wheel."""
    package = Path(botcore.__file__).parent
    installed = package / "_migrations"
    return installed if installed.exists() else package.parent / "migrations"


def alembic_config(folder: Path | None = None) -> Config:
    """Return a configuration that needs no alembic.ini."""
    config = Config()
    config.set_main_option("script_location", str(folder or migrations_folder()))
    config.set_main_option("path_separator", "os")
    return config


def open_plainly(place: Place, *, writes: bool = True) -> Engine:
    """Return an engine for one thread, for what no running bot does."""
    if not isinstance(place, Path):
        return create_engine(place, hide_parameters=True, connect_args={"connect_timeout": 10})
    engine = create_engine(f"sqlite:///{place}", hide_parameters=True)
    event.listen(engine, "connect", _leave_transactions_to_us)
    begin = "BEGIN IMMEDIATE" if writes else "BEGIN"
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    return engine


def revision_of(connection: Connection) -> str | None:
    """Return the schema's revision, None of an empty database."""
    return MigrationContext.configure(connection).get_current_revision()


def upgrade(place: Place, config: Config | None = None) -> None:
    """Create or upgrade a database, in one transaction.

    A SQLite file that has a schema already is copied beside itself first. `StoreError`: the database
    can't be used. `MigrationError`: a migration failed, and the database is as it was before.
    """
    if isinstance(place, Path):
        place.touch(mode=0o600)  # what people wrote is for this user's eyes; the WAL takes the same mode
    engine = open_plainly(place)
    try:
        with engine.begin() as connection:
            _upgrade(connection, place, config or alembic_config())
    except DatabaseError as error:
        raise StoreError(f"{show(place)} can't be opened as a database: {one_line(error)}.") from error
    finally:
        engine.dispose()


def _upgrade(connection: Connection, place: Place, config: Config) -> None:
    script = ScriptDirectory.from_config(config)
    current, head = revision_of(connection), script.get_current_head()
    if current == head:
        return
    copy = ""
    if current is not None:
        if current not in {revision.revision for revision in script.walk_revisions()}:
            raise StoreError(
                f"{show(place)} was written by a newer botcore (schema {current}). Install that version "
                "again, or use another database."
            )
        if isinstance(place, Path):
            copy = f" A copy of before is {_back_up(place, current)}."
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except Exception as error:
        reason = one_line(error) if isinstance(error, DatabaseError) else f"{type(error).__name__}: {error}"
        raise MigrationError(
            f"{show(place)} could not be brought from schema {current or 'none'} to {head}: {reason}. "
            f"Nothing was changed.{copy} Go back to the version you had, and report this."
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
