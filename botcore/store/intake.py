"""Bringing a message in: the ledger's row, the inbox row, and whoever and wherever it came from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

from sqlalchemy import Table, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from botcore.adapter import Accepted
from botcore.domain import Author, ConversationKey, InboundEvent, Lane
from botcore.store import schema
from botcore.store.inbox import InboxState
from botcore.store.upsert import insert


@dataclass(frozen=True, slots=True)
class Received:
    """What became of an event."""

    accepted: Accepted
    inbox_id: int = 0  # of a new message that is to be answered
    turn_id: str = ""


async def receive(
    connection: AsyncConnection, event: InboundEvent, lane: Lane, *, is_command: bool, answer: bool
) -> Received:
    """Write the ledger's row and, when it is to be answered, the inbox row with its dedupe key."""
    now = datetime.now(UTC)
    tenant_id, chat_id = await find_place(connection, event.key, direct=event.direct, now=now)
    identity_id, user_id = await identify(connection, tenant_id, event.author, now)
    message_key: dict[str, object] = {"chat_id": chat_id, "platform_message_id": event.message_id}
    known = await _find(connection, schema.message, message_key)
    message_id = known or await _get_or_add(
        connection,
        schema.message,
        message_key,
        {
            "tenant_id": tenant_id,
            "thread": event.key.thread,
            "identity_id": identity_id,
            "sent_at": event.sent_at,
            "text": event.text,
            "source": "live",
            "is_command": is_command,
        },
    )
    if not answer:
        return Received(Accepted.DUPLICATE if known else Accepted.NOTED)
    conversation_id = await _get_or_add(
        connection,
        schema.conversation,
        {"chat_id": chat_id, "thread": event.key.thread},
        {"tenant_id": tenant_id, "created_at": now},
        lock=True,  # the inbox's ids are the order in a conversation, so they are committed in order
    )
    added = (
        await connection.execute(
            insert(connection, schema.inbox)
            .values(
                tenant_id=tenant_id,
                conversation_id=conversation_id,
                message_id=message_id,
                user_id=user_id,
                turn_id=uuid4().hex,
                dedupe_key=event.dedupe_key,
                lane=lane,
                state=InboxState.WAITING,
                failures=0,
                crashes=0,
                promised=False,
                received_at=now,
            )
            .on_conflict_do_nothing()
            .returning(schema.inbox.c.id, schema.inbox.c.turn_id)
        )
    ).first()
    return Received(Accepted.NEW, added.id, added.turn_id) if added else Received(Accepted.DUPLICATE)


async def find_place(
    connection: AsyncConnection, key: ConversationKey, *, direct: bool, now: datetime
) -> tuple[int, int]:
    """Return the ids of a message's tenant and chat."""
    tenant_id = await _get_or_add(
        connection,
        schema.tenant,
        {"platform": key.platform, "platform_tenant_id": key.tenant},
        {"created_at": now},
    )
    chat_id = await _get_or_add(
        connection,
        schema.chat,
        {"tenant_id": tenant_id, "platform_chat_id": key.chat},
        {"is_direct": direct, "created_at": now},
    )
    return tenant_id, chat_id


async def identify(
    connection: AsyncConnection, tenant_id: int, author: Author, now: datetime
) -> tuple[int, int]:
    """Return the ids of an author's identity and user; a new identity brings a new user."""
    identity = schema.identity
    author_row = select(identity.c.id, identity.c.user_id, identity.c.name).where(
        identity.c.tenant_id == tenant_id, identity.c.platform_user_id == author.id
    )
    row = (await connection.execute(author_row)).first()
    if row is None:
        # One newcomer of a tenant at a time, so that two first messages don't make two users.
        await _find(connection, schema.tenant, {"id": tenant_id}, lock=True)
        row = (await connection.execute(author_row)).first()
    if row is None:
        user_id = await _add(
            connection, schema.user, {"tenant_id": tenant_id, "name": author.name, "created_at": now}
        )
        values = {"tenant_id": tenant_id, "user_id": user_id, "platform_user_id": author.id}
        return await _add(
            connection, identity, {**values, "name": author.name, "is_bot": author.is_bot}
        ), user_id
    if row.name != author.name:
        await connection.execute(update(identity).where(identity.c.id == row.id).values(name=author.name))
        user = schema.user
        await connection.execute(update(user).where(user.c.id == row.user_id).values(name=author.name))
    return row.id, row.user_id


async def _find(
    connection: AsyncConnection, table: Table, key: dict[str, object], *, lock: bool = False
) -> int | None:
    query = select(table.c.id).where(*(table.c[name] == value for name, value in key.items()))
    # Rows that refer to a locked one may still be written. SQLite has one writer and ignores this.
    found: int | None = await connection.scalar(query.with_for_update(key_share=True) if lock else query)
    return found


async def _add(connection: AsyncConnection, table: Table, values: dict[str, object]) -> int:
    added = await connection.execute(insert(connection, table).values(**values).returning(table.c.id))
    return int(added.scalar_one())


async def _get_or_add(
    connection: AsyncConnection,
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
    if known := await _find(connection, table, key, lock=lock):
        return known
    new = insert(connection, table).values(**key, **rest).on_conflict_do_nothing().returning(table.c.id)
    added: int | None = await connection.scalar(new)
    found = added or await _find(connection, table, key, lock=lock)
    assert found is not None
    return found
