"""Runs the migrations on the connection that botcore.store.migrate hands over."""

from __future__ import annotations

from typing import Literal

from alembic import context
from sqlalchemy import Connection, create_engine

from botcore.store.schema import UtcDateTime, metadata


def render_plainly(kind: str, item: object, _: object) -> str | Literal[False]:
    """Write our own types as plain ones: a migration must not change when the code does."""
    is_ours = kind == "type" and isinstance(item, UtcDateTime)
    return "sa.DateTime(timezone=True)" if is_ours else False


def migrate(connection: Connection) -> None:
    """Run what is missing, in one transaction: a failure leaves the database as it was."""
    context.configure(
        connection=connection,
        version_table=context.config.attributes.get("version_table", "alembic_version"),
        target_metadata=metadata,
        render_item=render_plainly,
        render_as_batch=True,  # SQLite can't alter most of a table in place
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if isinstance(given, Connection):
    migrate(given)
else:
    engine = given or create_engine(context.config.get_main_option("sqlalchemy.url") or "")
    with engine.connect() as connection:
        migrate(connection)
