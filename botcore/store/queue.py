"""The queue: who waits, at which place, and who takes over whose turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, func, null, or_, select, update

from botcore.domain import ConversationKey, Lane
from botcore.store import schema
from botcore.store.claimed import key_of, scope_of, whole_rows
from botcore.store.claims import held_back, open_turns
from botcore.store.inbox import InboxState
from botcore.store.scope import Scope

# What waits for an answer; control commands never wait.
_WAITS = (schema.inbox.c.state == InboxState.WAITING, schema.inbox.c.lane != Lane.CONTROL)


@dataclass(frozen=True, slots=True)
class Superseded:
    """A turn that a later message of the same author took over."""

    turn_id: str
    message_id: str  # of the message that it would have answered


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message that nobody works on yet."""

    inbox_id: int
    turn_id: str
    scope: Scope
    key: ConversationKey
    message_id: str
    user_id: int
    lane: Lane
    text: str
    received_at: datetime
    promised: bool
    place: int  # 1 is the next one


def promise(connection: Connection, inbox_ids: Sequence[int]) -> None:
    """Note that the authors of these messages were told their places."""
    which = schema.inbox.c.id.in_(inbox_ids)
    connection.execute(update(schema.inbox).where(which).values(promised=True))
    open_turns(connection, which)


def merge_earlier(connection: Connection, inbox_id: int) -> list[Superseded]:
    """Let a new message take over what its author still waits for here; return what is given up."""
    inbox, message = schema.inbox, schema.message
    new = inbox.alias("new")
    still_open = inbox.c.state.in_([InboxState.WAITING, InboxState.RUNNING])
    rows = connection.execute(
        select(inbox.c.id, inbox.c.turn_id, message.c.platform_message_id)
        .join(new, and_(new.c.conversation_id == inbox.c.conversation_id, new.c.id == inbox_id))
        .join(message, message.c.id == inbox.c.message_id)
        .where(
            inbox.c.user_id == new.c.user_id,
            still_open,
            inbox.c.id < inbox_id,
            inbox.c.lane == Lane.TURN,
            inbox.c.button_id.is_(None),
            inbox.c.call.is_(null()),
            ~message.c.is_command,
        )
        .order_by(inbox.c.id)
        .with_for_update(of=inbox)  # what is closed meanwhile stays as it is
    ).all()
    ids = [row.id for row in rows]
    connection.execute(
        update(inbox)
        .where(or_(and_(inbox.c.id.in_(ids), still_open), inbox.c.merged_into.in_(ids)))
        .values(state=InboxState.MERGED, epoch=None, merged_into=inbox_id, finished_at=datetime.now(UTC))
    )
    return [Superseded(row.turn_id, row.platform_message_id) for row in rows]


def is_busy(connection: Connection, inbox_id: int) -> bool:
    """Tell whether a message's conversation has turns before it that are not over."""
    inbox = schema.inbox
    new = inbox.alias("new")
    return bool(
        connection.scalar(select(held_back(new, Lane.TURN, "conversation_id")).where(new.c.id == inbox_id))
    )


def count_waiting(connection: Connection, limit: int) -> int:
    """Return how many messages wait for an answer, counting no further than `limit`."""
    rows = select(schema.inbox.c.id).where(*_WAITS).limit(limit).subquery()
    return connection.scalar(select(func.count()).select_from(rows)) or 0


def waiting(connection: Connection) -> list[Waiting]:
    """Return what waits, the next one first."""
    rows = connection.execute(whole_rows().where(*_WAITS).order_by(schema.inbox.c.id))
    return [
        Waiting(
            inbox_id=row.id,
            turn_id=row.turn_id,
            scope=scope_of(row),
            key=key_of(row),
            message_id=row.platform_message_id or "",
            user_id=row.user_id,
            lane=Lane(row.lane),
            text=_seen_as(row),
            received_at=row.received_at,
            promised=row.promised,
            place=place,
        )
        for place, row in enumerate(rows, start=1)
    ]


def _seen_as(row: Row[Any]) -> str:
    """Return what waits as its user knows it: a text, a button's label, a schedule's title."""
    if row.call:
        return str(row.call.get("title") or row.call.get("action", ""))
    return row.text if row.button_id is None else row.label or ""
