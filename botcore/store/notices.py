"""What the bot says without having been asked: a turn of its own, which no message began."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

from sqlalchemy import Connection, insert

from botcore.domain import ConversationKey, Outcome
from botcore.store import schema
from botcore.store.intake import find_place, get_or_add
from botcore.store.outbox import OutboxState

HANDLER = "botcore.notice"


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that waits in the outbox to be said."""

    turn_id: str
    key: ConversationKey


def add_notice(connection: Connection, key: ConversationKey, text: str, *, direct: bool) -> Notice:
    """Put a text into the outbox. It is no part of the ledger, nor of the conversation's history."""
    now = datetime.now(UTC)
    tenant_id, chat_id = find_place(connection, key, direct=direct, now=now)
    conversation_id = get_or_add(
        connection,
        schema.conversation,
        {"chat_id": chat_id, "thread": key.thread},
        {"tenant_id": tenant_id, "created_at": now},
    )
    place = {"tenant_id": tenant_id, "conversation_id": conversation_id}
    notice = Notice(uuid4().hex, key)
    connection.execute(
        insert(schema.turn).values(
            **place,
            id=notice.turn_id,
            handler=HANDLER,
            outcome=Outcome.ANSWERED,
            in_history=False,
            started_at=now,
            closed_at=now,
        )
    )
    connection.execute(
        insert(schema.outbox).values(
            **place,
            turn_id=notice.turn_id,
            part=0,
            text=text,
            is_final=True,
            state=OutboxState.PENDING,
            sent_final=False,
            offered=False,
            created_at=now,
        )
    )
    return notice
