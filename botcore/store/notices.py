"""What the bot says without having been asked: a turn of its own, which no message began."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import NAMESPACE_OID, uuid4, uuid5

from sqlalchemy import Connection, insert, select, update

from botcore.domain import ConversationKey, Outcome
from botcore.store import schema
from botcore.store.intake import find_place, get_or_add
from botcore.store.outbox import OutboxState
from botcore.store.scope import Scope

# In the place of a handler: what was said is a text of ours, or a plugin's answer from another chat.
NOTICE, POSTING = "botcore.notice", "botcore.posting"


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that waits in the outbox to be said."""

    turn_id: str
    key: ConversationKey


@dataclass(frozen=True, slots=True)
class Posting:
    """What a turn says in another chat than its own."""

    key: ConversationKey
    texts: Sequence[str]
    turn_id: str = field(default_factory=lambda: uuid4().hex)


def add_notice(
    connection: Connection,
    key: ConversationKey,
    *texts: str,
    direct: bool,
    turn_id: str = "",
    only_for: str = "",
    handler: str = NOTICE,
) -> Notice:
    """Put texts into the outbox. They are no part of the ledger, nor of the conversation's history.

    `only_for`: who alone may see them, as the platform knows them. `handler`: whose texts they are.
    """
    now = datetime.now(UTC)
    scope = find_scope_of(connection, key, direct=direct)
    place = {"tenant_id": scope.tenant_id, "conversation_id": scope.conversation_id}
    notice = Notice(turn_id or uuid4().hex, key)
    connection.execute(
        insert(schema.turn).values(
            **place,
            id=notice.turn_id,
            handler=handler,
            outcome=Outcome.ANSWERED,
            in_history=False,
            started_at=now,
            closed_at=now,
        )
    )
    for part, text in enumerate(texts):
        connection.execute(
            insert(schema.outbox).values(
                **place,
                turn_id=notice.turn_id,
                part=part,
                text=text,
                is_final=True,
                state=OutboxState.PENDING,
                sent_final=False,
                offered=False,
                only_for=only_for or None,
                created_at=now,
            )
        )
    return notice


def find_scope_of(connection: Connection, key: ConversationKey, *, direct: bool) -> Scope:
    """Return where something is said, which begins there if nothing was said before."""
    now = datetime.now(UTC)
    tenant_id, chat_id = find_place(connection, key, direct=direct, now=now)
    conversation_id = get_or_add(
        connection,
        schema.conversation,
        {"chat_id": chat_id, "thread": key.thread},
        {"tenant_id": tenant_id, "created_at": now},
    )
    return Scope(tenant_id, chat_id, conversation_id, key.thread)


def promise_alone(connection: Connection, turn_id: str, key: ConversationKey, text: str, user: str) -> Notice:
    """Tell somebody, and nobody else there, that a turn's answer comes later. They are told once."""
    promised = promise_of(turn_id)
    if connection.scalar(select(schema.turn.c.id).where(schema.turn.c.id == promised)):
        return Notice(promised, key)
    # It will be answered, however long that takes.
    connection.execute(update(schema.inbox).where(schema.inbox.c.turn_id == turn_id).values(promised=True))
    return add_notice(connection, key, text, direct=False, turn_id=promised, only_for=user)


def promise_of(turn_id: str) -> str:
    """Return the id of the notice that promises a turn's answer."""
    return uuid5(NAMESPACE_OID, f"promise {turn_id}").hex
