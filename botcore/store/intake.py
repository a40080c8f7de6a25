"""Bringing a message in: the ledger's row, the inbox row, and whoever and wherever it came from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Select, Table, and_, bindparam, exists, insert, null, select, update
from sqlalchemy.sql.dml import ReturningInsert

from botcore.adapter import Accepted
from botcore.domain import Author, ConversationKey, InboundEvent, Lane
from botcore.store import schema
from botcore.store.inbox import InboxState
from botcore.store.upsert import add_if_new


@dataclass(frozen=True, slots=True)
class Received:
    """What became of an event."""

    accepted: Accepted
    inbox_id: int = 0  # of a new message that is to be answered
    turn_id: str = ""


def receive(
    connection: Connection, event: InboundEvent, lane: Lane, *, is_command: bool, answer: bool
) -> Received:
    """Write the ledger's row and, when it is to be answered, the inbox row with its dedupe key."""
    now = datetime.now(UTC)
    source = _known_source(connection, event, answer=answer) or _add_source(
        connection, event, answer=answer, now=now
    )
    message = {
        "chat_id": source.chat_id,
        "platform_message_id": event.message_id,
        "tenant_id": source.tenant_id,
        "thread": thread_of(event.key, event.message_id),
        "identity_id": source.identity_id,
        "sent_at": event.sent_at,
        "text": event.text,
        "source": "live",
        "is_command": is_command,
    }
    added = connection.scalar(add_if_new(connection, schema.message), message)
    if not answer:
        return Received(Accepted.NOTED if added else Accepted.DUPLICATE)
    known_by = {"chat_id": source.chat_id, "platform_message_id": event.message_id}
    turn_id = uuid4().hex
    inbox_id = connection.scalar(
        add_if_new(connection, schema.inbox),
        {
            "tenant_id": source.tenant_id,
            "conversation_id": source.conversation_id,
            "message_id": added or _find(connection, schema.message, known_by),
            "user_id": source.user_id,
            "turn_id": turn_id,
            "dedupe_key": event.dedupe_key,
            "lane": lane,
            "state": InboxState.WAITING,
            "failures": 0,
            "crashes": 0,
            "promised": False,
            "received_at": now,
        },
    )
    return Received(Accepted.NEW, inbox_id, turn_id) if inbox_id else Received(Accepted.DUPLICATE)


def thread_of(key: ConversationKey, message_id: str) -> str:
    """Return the thread that a message is said in: the one that it begins is below it."""
    return "" if message_id == key.thread else key.thread


def began_with_bot(connection: Connection, key: ConversationKey) -> bool:
    """Tell whether a thread is about a message that was addressed to the bot."""
    tenant, chat, message, inbox = schema.tenant, schema.chat, schema.message, schema.inbox
    found = connection.scalar(
        select(inbox.c.id)
        .join(message, message.c.id == inbox.c.message_id)
        .join(chat, chat.c.id == message.c.chat_id)
        .join(tenant, tenant.c.id == chat.c.tenant_id)
        .where(
            tenant.c.platform == key.platform,
            tenant.c.platform_tenant_id == key.tenant,
            chat.c.platform_chat_id == key.chat,
            message.c.platform_message_id == key.thread,
            inbox.c.identity_id.is_(None),  # a press is no message
        )
        .limit(1)
    )
    return found is not None


def is_joined(connection: Connection, key: ConversationKey) -> bool:
    """Tell whether a thread is about what somebody said to others, so that the bot was called into it."""
    tenant, chat, message, inbox = schema.tenant, schema.chat, schema.message, schema.inbox
    found = connection.scalar(
        select(message.c.id)
        .join(chat, chat.c.id == message.c.chat_id)
        .join(tenant, tenant.c.id == chat.c.tenant_id)
        .where(
            tenant.c.platform == key.platform,
            tenant.c.platform_tenant_id == key.tenant,
            chat.c.platform_chat_id == key.chat,
            message.c.platform_message_id == key.thread,
            message.c.identity_id.is_not(None),
            ~exists().where(inbox.c.message_id == message.c.id),
        )
    )
    return found is not None


@dataclass(frozen=True, slots=True)
class _Source:
    """The rows of where and whom an event came from."""

    tenant_id: int
    chat_id: int
    identity_id: int
    user_id: int
    conversation_id: int | None  # of an event that is to be answered


def _known_source(connection: Connection, event: InboundEvent, *, answer: bool) -> _Source | None:
    """Find all of them at once. None when one is new, or its author has another name now."""
    event_source = {
        "platform": event.key.platform,
        "tenant": event.key.tenant,
        "chat": event.key.chat,
        "thread": event.key.thread,
        "author": event.author.id,
        "name": event.author.name,
    }
    row = connection.execute(_source_query(answer), event_source).first()
    return _Source(*row) if row else None


@cache  # building a statement takes longer than running it
def _source_query(answer: bool) -> Select[*tuple[Any, ...]]:
    tenant, chat, identity, conversation = schema.tenant, schema.chat, schema.identity, schema.conversation
    here = and_(conversation.c.chat_id == chat.c.id, conversation.c.thread == bindparam("thread"))
    query = (
        select(
            tenant.c.id,
            chat.c.id,
            identity.c.id,
            identity.c.user_id,
            conversation.c.id if answer else null(),
        )
        .select_from(tenant)
        .join(chat, and_(chat.c.tenant_id == tenant.c.id, chat.c.platform_chat_id == bindparam("chat")))
        .join(
            identity,
            and_(identity.c.tenant_id == tenant.c.id, identity.c.platform_user_id == bindparam("author")),
        )
        .where(
            tenant.c.platform == bindparam("platform"),
            tenant.c.platform_tenant_id == bindparam("tenant"),
            identity.c.name == bindparam("name"),
        )
    )
    return (
        query.join(conversation, here).with_for_update(of=conversation, key_share=True) if answer else query
    )


def _add_source(connection: Connection, event: InboundEvent, *, answer: bool, now: datetime) -> _Source:
    tenant_id, chat_id = find_place(connection, event.key, direct=event.direct, now=now)
    identity_id, user_id = identify(connection, tenant_id, event.author, now)
    if not answer:
        return _Source(tenant_id, chat_id, identity_id, user_id, None)
    conversation_id = get_or_add(
        connection,
        schema.conversation,
        {"chat_id": chat_id, "thread": event.key.thread},
        {"tenant_id": tenant_id, "created_at": now},
        lock=True,  # the inbox's ids are the order in a conversation, so they are committed in order
    )
    return _Source(tenant_id, chat_id, identity_id, user_id, conversation_id)


def find_place(
    connection: Connection, key: ConversationKey, *, direct: bool, now: datetime
) -> tuple[int, int]:
    """Return the ids of a message's tenant and chat."""
    tenant_id = get_or_add(
        connection,
        schema.tenant,
        {"platform": key.platform, "platform_tenant_id": key.tenant},
        {"created_at": now},
    )
    chat_id = get_or_add(
        connection,
        schema.chat,
        {"tenant_id": tenant_id, "platform_chat_id": key.chat},
        {"is_direct": direct, "created_at": now},
    )
    return tenant_id, chat_id


def identify(connection: Connection, tenant_id: int, author: Author, now: datetime) -> tuple[int, int]:
    """Return the ids of an author's identity and user; a new identity brings a new user."""
    identity = schema.identity
    them = {"of_tenant": tenant_id, "author": author.id}
    row = connection.execute(_author_row(), them).first()
    if row is None:
        # One newcomer of a tenant at a time, so that two first messages don't make two users.
        _find(connection, schema.tenant, {"id": tenant_id}, lock=True)
        row = connection.execute(_author_row(), them).first()
    if row is None:
        user_id = _add(
            connection, schema.user, {"tenant_id": tenant_id, "name": author.name, "created_at": now}
        )
        values = {"tenant_id": tenant_id, "user_id": user_id, "platform_user_id": author.id}
        return _add(connection, identity, {**values, "name": author.name, "is_bot": author.is_bot}), user_id
    if author.name not in (row.name, author.id):  # who is called by their id is called nothing just now
        connection.execute(update(identity).where(identity.c.id == row.id).values(name=author.name))
        user = schema.user
        connection.execute(update(user).where(user.c.id == row.user_id).values(name=author.name))
    return row.id, row.user_id


@cache
def _author_row() -> Select[*tuple[Any, ...]]:
    identity = schema.identity.c
    return select(identity.id, identity.user_id, identity.name).where(
        identity.tenant_id == bindparam("of_tenant"), identity.platform_user_id == bindparam("author")
    )


def _find(connection: Connection, table: Table, key: dict[str, object], *, lock: bool = False) -> int | None:
    found: int | None = connection.scalar(_by_key(table, tuple(key), lock), key)
    return found


@cache
def _by_key(table: Table, names: tuple[str, ...], lock: bool) -> Select[*tuple[Any, ...]]:
    query = select(table.c.id).where(*(table.c[name] == bindparam(name) for name in names))
    # Rows that refer to a locked one may still be written. SQLite has one writer and ignores this.
    return query.with_for_update(key_share=True) if lock else query


def _add(connection: Connection, table: Table, values: dict[str, object]) -> int:
    return int(connection.execute(_adding(table), values).scalar_one())


@cache
def _adding(table: Table) -> ReturningInsert[Any]:
    return insert(table).returning(table.c.id)


def get_or_add(
    connection: Connection,
    table: Table,
    key: dict[str, object],
    rest: dict[str, object],
    *,
    lock: bool = False,
) -> int:
    """Return the id of the row with this key, adding it if there is none.

    Two transactions may do that at once: the later one waits, and finds the row of the earlier.
    With `lock`, it waits for a row that is there too, until the transaction that has it is over.
    """
    if known := _find(connection, table, key, lock=lock):
        return known
    added: int | None = connection.scalar(add_if_new(connection, table), {**key, **rest})
    found = added or _find(connection, table, key, lock=lock)
    assert found is not None
    return found
