"""Brings a database to the schema this version knows."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DatabaseError

import botcore
from botcore.errors import StoreError


def migrations_folder() -> Path:
    """Return where the migrations are: beside the package in the repository, inside it in a wheel."""
    package = Path(botcore.__file__).parent
    installed = package / "_migrations"
    return installed if installed.exists() else package.parent / "migrations"


def alembic_config() -> Config:
    """Return a configuration that needs no alembic.ini."""
    config = Config()
    config.set_main_option("script_location", str(migrations_folder()))
    config.set_main_option("path_separator", "os")
    return config


def upgrade(path: Path) -> None:
    """Create or upgrade the SQLite file at `path`; raise `StoreError` when it can't be used.

    A database that has a schema already is copied beside itself first.
    """
    path.touch(mode=0o600)  # what people wrote is for this user's eyes; the WAL takes the same mode
    engine = create_engine(f"sqlite:///{path}", hide_parameters=True)
    event.listen(engine, "connect", _leave_transactions_to_us)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    try:
        with engine.begin() as connection:
            _upgrade(connection, path)
    except DatabaseError as error:
        raise StoreError(f"{path} can't be opened as a database: {error.orig}.") from error
    finally:
        engine.dispose()


def _upgrade(connection: Connection, path: Path) -> None:
    config = alembic_config()
    script = ScriptDirectory.from_config(config)
    current = MigrationContext.configure(connection).get_current_revision()
    if current == script.get_current_head():
        return
    if current is not None:
        if current not in {revision.revision for revision in script.walk_revisions()}:
            raise StoreError(
                f"{path} was written by a newer botcore (schema {current}). Install that version again, "
                "or point bot.data_folder somewhere else."
            )
        _back_up(path, current)
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _back_up(path: Path, revision: str) -> None:
    backup = path.with_name(f"{path.name}.before-upgrade-from-{revision}")
    backup.touch(mode=0o600)
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(backup)) as target:
        source.backup(target)


def _leave_transactions_to_us(connection: DBAPIConnection, record: object) -> None:
    connection.isolation_level = None
