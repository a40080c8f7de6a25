"""The parts of answers that have to be sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, bindparam, literal_column, or_, select

from botcore.adapter import Receipt
from botcore.domain import ConversationKey, Outcome
from botcore.store import schema
from botcore.store.notices import NOTICE
from botcore.store.outbox import OutboxState

LOOKED_FOR = timedelta(days=1)  # what has been in doubt for longer is sent only if its reader asks for it


@dataclass(frozen=True, slots=True)
class OutboxButton:
    """A button below a part: one that is pressed has an id, one that leads to a private answer its token."""

    label: str
    id: str = ""
    token: str = ""


@dataclass(frozen=True, slots=True)
class OutboxPart:
    """A part of an answer whose text is final."""

    turn_id: str
    part: int
    key: ConversationKey
    answers: str | None
    text: str  # empty: this part is not wanted any more
    failed: bool  # it says why there is no whole answer
    receipt: Receipt | None
    created_at: datetime  # and so no older on the platform
    buttons: tuple[OutboxButton, ...] = ()
    is_sent: bool = False  # in another look; without its message there is nothing to be done
    in_doubt: bool = False  # it may have arrived
    only_for: str = ""  # who alone may see it, as the platform knows them
    is_notice: bool = False  # a text of ours that nobody asked for


def undelivered(connection: Connection, *, in_doubt: bool) -> list[OutboxPart]:
    """Return, in order, the final parts that nobody is known to have seen.

    `in_doubt`: also those that may have arrived, as long as they can be looked for.
    """
    rows = connection.execute(_final_parts(in_doubt), _since())
    return [_part(row) for row in rows]


def parts_of(connection: Connection, turn_id: str, *, in_doubt: bool) -> list[OutboxPart]:
    """Return the final parts of one turn that have to be sent."""
    rows = connection.execute(_final_parts_of(in_doubt), {"of_turn": turn_id, **_since()})
    return [_part(row) for row in rows]


def _since() -> dict[str, datetime]:
    return {"since": datetime.now(UTC) - LOOKED_FOR}


@cache
def _final_parts(in_doubt: bool) -> Select[*tuple[Any, ...]]:
    outbox, message = schema.outbox, schema.message
    # Not by IN, whose statement is put together anew each time it is executed.
    open_ = or_(outbox.c.state == OutboxState.PENDING, outbox.c.state == OutboxState.CREATED)
    # What one person alone would have seen can't be looked for.
    doubtful = and_(
        outbox.c.state == literal_column("'unknown'"),
        outbox.c.created_at > bindparam("since"),
        outbox.c.only_for.is_(None),
    )
    return (
        select(
            outbox.c.turn_id,
            outbox.c.part,
            outbox.c.text,
            outbox.c.receipt,
            outbox.c.buttons,
            outbox.c.delivered_at,
            outbox.c.created_at,
            outbox.c.state,
            outbox.c.only_for,
            schema.turn.c.outcome,
            schema.turn.c.handler,
            schema.tenant.c.platform,
            schema.tenant.c.platform_tenant_id,
            schema.chat.c.platform_chat_id,
            schema.conversation.c.thread,
            message.c.platform_message_id.label("answers"),
        )
        .join(schema.conversation, schema.conversation.c.id == outbox.c.conversation_id)
        .join(schema.chat, schema.chat.c.id == schema.conversation.c.chat_id)
        .join(schema.tenant, schema.tenant.c.id == outbox.c.tenant_id)
        .join(schema.turn, schema.turn.c.id == outbox.c.turn_id)
        # A notice answers nothing.
        .outerjoin(schema.inbox, schema.inbox.c.turn_id == outbox.c.turn_id)
        .outerjoin(message, message.c.id == schema.inbox.c.message_id)
        .where(or_(open_, doubtful) if in_doubt else open_, outbox.c.is_final)
        .order_by(outbox.c.id)
    )


@cache
def _final_parts_of(in_doubt: bool) -> Select[*tuple[Any, ...]]:
    return _final_parts(in_doubt).where(schema.outbox.c.turn_id == bindparam("of_turn"))


def _part(row: Row[Any]) -> OutboxPart:
    return OutboxPart(
        turn_id=row.turn_id,
        part=row.part,
        key=ConversationKey(row.platform, row.platform_tenant_id, row.platform_chat_id, row.thread),
        answers=row.answers,
        text=row.text,
        failed=row.outcome == Outcome.FAILED,
        receipt=Receipt(**row.receipt) if row.receipt else None,
        created_at=row.created_at,
        buttons=tuple(OutboxButton(**button) for button in row.buttons or ()),
        is_sent=row.delivered_at is not None and row.receipt is not None,
        in_doubt=row.state == OutboxState.UNKNOWN,
        only_for=row.only_for or "",
        is_notice=row.handler == NOTICE,
    )
