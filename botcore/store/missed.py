"""Answers that may not have arrived, for those who should have seen them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, literal_column, select, update

from botcore.store import schema
from botcore.store.outbox import OutboxState, set_values
from botcore.store.scope import Scope


@dataclass(frozen=True, slots=True)
class MissedPart:
    """A final text that may not have arrived."""

    turn_id: str
    part: int
    text: str


def missed(connection: Connection, scope: Scope) -> list[MissedPart]:
    """Return, in order, the final texts of a conversation that may not have arrived."""
    outbox = schema.outbox
    rows = connection.execute(
        select(outbox.c.turn_id, outbox.c.part, outbox.c.text)
        .where(*_in(scope), _is_unknown())
        .order_by(outbox.c.id)
    )
    return [MissedPart(row.turn_id, row.part, row.text) for row in rows]


def mark_offered(connection: Connection, scope: Scope) -> None:
    """Note that a conversation's reader was told how to see what may not have arrived."""
    connection.execute(update(schema.outbox).where(*_in(scope), _is_unknown()).values(offered=True))


def mark_shown(connection: Connection, parts: Sequence[MissedPart]) -> None:
    """Note that texts that were in doubt were said again, in another answer."""
    for part in parts:
        # Without a text, as what was given up may be sent again by an operator, and this must not.
        set_values(connection, part.turn_id, part.part, state=OutboxState.DEAD, text="")


def _in(scope: Scope) -> tuple[ColumnElement[bool], ...]:
    outbox = schema.outbox.c
    return (
        outbox.conversation_id == scope.conversation_id,
        outbox.tenant_id == scope.tenant_id,
        outbox.only_for.is_(None),  # what one person alone would have seen is not shown to all
    )


def _is_unknown() -> ColumnElement[bool]:
    # As a literal, so that the partial index serves.
    return schema.outbox.c.state == literal_column("'unknown'")
