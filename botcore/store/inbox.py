"""What waits for an answer, and who works on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import uuid4

from sqlalchemy import Row, Select, Table, Update, and_, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from botcore.adapter import Accepted
from botcore.domain import Author, ConversationKey, InboundEvent, Lane, User
from botcore.store import schema
from botcore.store.scope import Scope
from botcore.store.upsert import insert

MAX_CRASHES = 5


class InboxState(StrEnum):
    """How far a message is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    DEAD = "dead"  # given up


@dataclass(frozen=True, slots=True)
class Claim:
    """A message that this process has taken to answer."""

    inbox_id: int
    turn_id: str
    epoch: int
    scope: Scope
    user: User
    event: InboundEvent
    lane: Lane
    is_command: bool
    failures: int


async def receive(
    connection: AsyncConnection, event: InboundEvent, lane: Lane, *, is_command: bool, answer: bool
) -> Accepted:
    """Write the ledger's row and, when it is to be answered, the inbox row with its dedupe key."""
    now = datetime.now(UTC)
    key = event.key
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
        {"created_at": now},
    )
    identity_id, user_id = await _identify(connection, tenant_id, event.author, now)
    message_row = {
        "tenant_id": tenant_id,
        "thread": key.thread,
        "identity_id": identity_id,
        "sent_at": event.sent_at,
        "text": event.text,
        "source": "live",
        "is_command": is_command,
    }
    message_key = {"chat_id": chat_id, "platform_message_id": event.message_id}
    known = await _find(connection, schema.message, message_key)
    message_id = known or await _get_or_add(connection, schema.message, message_key, message_row)
    if not answer:
        return Accepted.DUPLICATE if known else Accepted.NOTED
    conversation_id = await _get_or_add(
        connection,
        schema.conversation,
        {"chat_id": chat_id, "thread": key.thread},
        {"tenant_id": tenant_id, "created_at": now},
    )
    added = await connection.execute(
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
            due_at=now,
            received_at=now,
        )
        .on_conflict_do_nothing()
    )
    return Accepted.NEW if added.rowcount else Accepted.DUPLICATE


async def claim(connection: AsyncConnection, epoch: int, *, control_only: bool) -> Claim | None:
    """Take the oldest message that is due and whose conversation is not busy, and open its turn."""
    now = datetime.now(UTC)
    due = _claimable(now)
    if control_only:
        due = due.where(schema.inbox.c.lane == Lane.CONTROL)
    row = (await connection.execute(due)).first()
    if row is None:
        return None
    await connection.execute(
        update(schema.inbox).where(schema.inbox.c.id == row.id).values(state=InboxState.RUNNING, epoch=epoch)
    )
    await connection.execute(
        insert(connection, schema.turn)
        .values(
            id=row.turn_id,
            tenant_id=row.tenant_id,
            conversation_id=row.conversation_id,
            inbox_id=row.id,
            in_history=False,
            started_at=now,
        )
        .on_conflict_do_nothing()  # a turn that is tried again keeps its row
    )
    return _claimed(row, epoch)


async def finish(connection: AsyncConnection, inbox_id: int, epoch: int, state: InboxState) -> bool:
    """Close a message. False when it is this process's no longer: nothing may be written then."""
    done = await connection.execute(
        _owned(inbox_id, epoch).values(state=state, epoch=None, finished_at=datetime.now(UTC))
    )
    return bool(done.rowcount)


async def release(
    connection: AsyncConnection, inbox_id: int, epoch: int, *, failed: bool, delay: float
) -> None:
    """Give a message back, to be claimed again after `delay` seconds."""
    await connection.execute(
        _owned(inbox_id, epoch).values(
            state=InboxState.WAITING,
            epoch=None,
            failures=schema.inbox.c.failures + int(failed),
            due_at=datetime.now(UTC) + timedelta(seconds=delay),
        )
    )


async def release_all(connection: AsyncConnection, epoch: int) -> None:
    """Give back everything an epoch holds."""
    await connection.execute(
        update(schema.inbox)
        .where(schema.inbox.c.state == InboxState.RUNNING, schema.inbox.c.epoch == epoch)
        .values(state=InboxState.WAITING, epoch=None)
    )


async def free_older_epochs(connection: AsyncConnection, epoch: int) -> list[Claim]:
    """Give back what a process held that is gone.

    A message that was there at every crash is returned instead, as a claim of this epoch, to be given up.
    """
    held = and_(schema.inbox.c.state == InboxState.RUNNING, schema.inbox.c.epoch < epoch)
    await connection.execute(
        update(schema.inbox).where(held).values(epoch=epoch, crashes=schema.inbox.c.crashes + 1)
    )
    ours = and_(schema.inbox.c.state == InboxState.RUNNING, schema.inbox.c.epoch == epoch)
    await connection.execute(
        update(schema.inbox)
        .where(ours, schema.inbox.c.crashes < MAX_CRASHES)
        .values(state=InboxState.WAITING, epoch=None, due_at=datetime.now(UTC))
    )
    return [_claimed(row, epoch) for row in await connection.execute(_whole_rows().where(ours))]


async def next_due(connection: AsyncConnection, after: datetime) -> datetime | None:
    """Return when the next message becomes due that was not at a certain time."""
    due: datetime | None = await connection.scalar(
        select(func.min(schema.inbox.c.due_at, type_=schema.UtcDateTime)).where(
            schema.inbox.c.state == InboxState.WAITING, schema.inbox.c.due_at > after
        )
    )
    return due


def _owned(inbox_id: int, epoch: int) -> Update:
    """Return an update of a message that takes no effect unless this epoch still owns it: the fence."""
    return update(schema.inbox).where(
        schema.inbox.c.id == inbox_id,
        schema.inbox.c.state == InboxState.RUNNING,
        schema.inbox.c.epoch == epoch,
    )


def _claimable(now: datetime) -> Select[*tuple[Any, ...]]:
    earlier = schema.inbox.alias("earlier")
    conversation_is_busy = exists().where(
        earlier.c.conversation_id == schema.inbox.c.conversation_id,
        earlier.c.state.in_([InboxState.WAITING, InboxState.RUNNING]),
        earlier.c.id < schema.inbox.c.id,
        earlier.c.lane == Lane.TURN,
    )
    return (
        _whole_rows()
        .where(
            schema.inbox.c.state == InboxState.WAITING,
            schema.inbox.c.due_at <= now,
            or_(schema.inbox.c.lane == Lane.CONTROL, ~conversation_is_busy),
        )
        .order_by(schema.inbox.c.id)
        .limit(1)
    )


def _whole_rows() -> Select[*tuple[Any, ...]]:
    """Select inbox rows with everything that a claim tells of them."""
    return (
        select(
            schema.inbox,
            schema.conversation.c.chat_id,
            schema.conversation.c.thread,
            schema.chat.c.platform_chat_id,
            schema.tenant.c.platform,
            schema.tenant.c.platform_tenant_id,
            schema.user.c.name.label("user_name"),
            schema.identity.c.platform_user_id,
            schema.identity.c.name.label("author_name"),
            schema.message.c.platform_message_id,
            schema.message.c.text,
            schema.message.c.sent_at,
            schema.message.c.is_command,
        )
        .join(schema.conversation, schema.conversation.c.id == schema.inbox.c.conversation_id)
        .join(schema.chat, schema.chat.c.id == schema.conversation.c.chat_id)
        .join(schema.tenant, schema.tenant.c.id == schema.inbox.c.tenant_id)
        .join(schema.user, schema.user.c.id == schema.inbox.c.user_id)
        .join(schema.message, schema.message.c.id == schema.inbox.c.message_id)
        .join(schema.identity, schema.identity.c.id == schema.message.c.identity_id)
    )


def _claimed(row: Row[Any], epoch: int) -> Claim:
    return Claim(
        inbox_id=row.id,
        turn_id=row.turn_id,
        epoch=epoch,
        scope=Scope(row.tenant_id, row.chat_id, row.conversation_id, row.thread),
        user=User(row.user_id, row.user_name),
        event=InboundEvent(
            key=ConversationKey(row.platform, row.platform_tenant_id, row.platform_chat_id, row.thread),
            dedupe_key=row.dedupe_key,
            message_id=row.platform_message_id,
            author=Author(row.platform_user_id, row.author_name),
            text=row.text,
            sent_at=row.sent_at,
        ),
        lane=Lane(row.lane),
        is_command=row.is_command,
        failures=row.failures,
    )


async def _identify(
    connection: AsyncConnection, tenant_id: int, author: Author, now: datetime
) -> tuple[int, int]:
    """Return the ids of an author's identity and user; a new identity brings a new user."""
    identity = schema.identity
    row = (
        await connection.execute(
            select(identity.c.id, identity.c.user_id, identity.c.name).where(
                identity.c.tenant_id == tenant_id, identity.c.platform_user_id == author.id
            )
        )
    ).first()
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


async def _find(connection: AsyncConnection, table: Table, key: dict[str, object]) -> int | None:
    found: int | None = await connection.scalar(
        select(table.c.id).where(*(table.c[name] == value for name, value in key.items()))
    )
    return found


async def _add(connection: AsyncConnection, table: Table, values: dict[str, object]) -> int:
    added = await connection.execute(insert(connection, table).values(**values).returning(table.c.id))
    return int(added.scalar_one())


async def _get_or_add(
    connection: AsyncConnection, table: Table, key: dict[str, object], rest: dict[str, object]
) -> int:
    """Return the id of the row with this key, adding it if there is none. Safe under the one writer."""
    return await _find(connection, table, key) or await _add(connection, table, {**key, **rest})
