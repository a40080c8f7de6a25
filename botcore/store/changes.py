"""What people change afterwards: an edited message, a deleted one, a chat that goes on elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Row,
    Select,
    Table,
    UniqueConstraint,
    delete,
    or_,
    select,
    update,
)

from botcore.adapter import Accepted
from botcore.domain import Author, Change, ChatMoved, ConversationKey, Deleted, Edited, valid
from botcore.store import citations, schema
from botcore.store.citations import Fate
from botcore.store.inbox import InboxState
from botcore.store.outbox import OutboxState
from botcore.text_files import keeping_read

NOT_ANSWERED = (InboxState.WAITING, InboxState.DEAD)  # and what was given up may be asked again


def follow(connection: Connection, change: Change) -> Accepted:
    """Let the ledger follow a change. What it is told twice, or about what it does not know, it leaves."""
    if isinstance(change, Edited):
        changed = _edit(connection, change)
    elif isinstance(change, Deleted):
        changed = _delete(connection, change)
    else:
        changed = _move(connection, change)
    return Accepted.NOTED if changed else Accepted.DUPLICATE


def written_by(connection: Connection, key: ConversationKey, message_id: str) -> tuple[Author, bool] | None:
    """Return who wrote a message, and whether to the bot alone; None when nobody is known to have done so."""
    message, identity, chat = schema.message, schema.identity, schema.chat
    row = connection.execute(
        select(identity.c.platform_user_id, identity.c.name, identity.c.is_bot, chat.c.is_direct)
        .select_from(message)
        .join(identity, identity.c.id == message.c.identity_id)
        .join(chat, chat.c.id == message.c.chat_id)
        .where(message.c.id == _message_of(key, message_id).scalar_subquery())
    ).first()
    return (Author(row.platform_user_id, row.name, row.is_bot), row.is_direct) if row else None


def _edit(connection: Connection, edited: Edited) -> bool:
    """Give a message its new text: one that waits is answered as it reads now."""
    message = schema.message.c
    message_id = connection.scalar(_message_of(edited.key, edited.message_id))
    before = connection.scalar(select(message.text).where(message.id == message_id))
    text = keeping_read(before or "", valid(edited.text))
    done = connection.execute(
        update(schema.message)
        .where(
            message.id == message_id,
            message.identity_id.is_not(None),  # what the bot itself said is known better here
            message.deleted_at.is_(None),
            message.text != text,
            # Of two edits the later counts, in whatever order they come.
            or_(message.edited_at.is_(None), message.edited_at <= edited.edited_at),
        )
        .values(text=text, edited_at=edited.edited_at)
    )
    if done.rowcount and message_id is not None:
        citations.touch(connection, message_id, Fate.EDITED)
    return bool(done.rowcount)


def _delete(connection: Connection, deleted: Deleted) -> bool:
    """Forget what a message said, and answer it no more."""
    now = datetime.now(UTC)
    message, inbox = schema.message, schema.inbox
    message_id = connection.scalar(_message_of(deleted.key, deleted.message_id))
    done = connection.execute(
        update(message)
        .where(message.c.id == message_id, message.c.deleted_at.is_(None))
        .values(text="", deleted_at=now)
    )
    if done.rowcount and message_id is not None:
        citations.touch(connection, message_id, Fate.DELETED)
        connection.execute(
            update(inbox)
            .where(inbox.c.message_id == message_id, inbox.c.state.in_(NOT_ANSWERED))
            .values(state=InboxState.DONE, finished_at=now)
        )
    return bool(done.rowcount)


def _message_of(key: ConversationKey, message_id: str) -> Select[int]:
    message = schema.message.c
    chat = _chat_of(key.platform, key.tenant, key.chat).scalar_subquery()
    return select(message.id).where(message.chat_id == chat, message.platform_message_id == message_id)


def _chat_of(platform: str, tenant: str, chat: str) -> Select[int]:
    return (
        select(schema.chat.c.id)
        .join(schema.tenant, schema.tenant.c.id == schema.chat.c.tenant_id)
        .where(
            schema.tenant.c.platform == platform,
            schema.tenant.c.platform_tenant_id == tenant,
            schema.chat.c.platform_chat_id == chat,
        )
    )


def _move(connection: Connection, moved: ChatMoved) -> bool:
    """Let a chat's row, and with it everything that refers to it, go on under the new id."""
    old: int | None = connection.scalar(_chat_of(moved.platform, moved.tenant, moved.old_chat))
    if old is None:
        return False
    if not moved.ids_stay:
        _set_ids_apart(connection, old, moved.old_chat)
    new: int | None = connection.scalar(_chat_of(moved.platform, moved.tenant, moved.new_chat))
    kept = old
    if new is not None:  # something was said there before this came
        kept, gone = sorted((old, new))
        _merge(connection, schema.chat, gone, kept)
    connection.execute(
        update(schema.chat)
        .where(schema.chat.c.id == kept)
        .values(platform_chat_id=moved.new_chat, former_id=moved.old_chat)
    )
    return True


def _set_ids_apart(connection: Connection, chat_id: int, old_chat: str) -> None:
    """Keep the ids of a chat's messages from those that begin anew, and forget what was shown so far.

    Nothing that was sent to the old chat can be edited there, so what is not final yet is sent again.
    """
    message, outbox, conversation = schema.message, schema.outbox, schema.conversation
    connection.execute(
        update(message)
        .where(message.c.chat_id == chat_id, message.c.platform_message_id.is_not(None))
        .values(platform_message_id=f"{old_chat}:" + message.c.platform_message_id)
    )
    here = select(conversation.c.id).where(conversation.c.chat_id == chat_id)
    connection.execute(
        update(outbox)
        .where(outbox.c.conversation_id.in_(here), outbox.c.state == OutboxState.CREATED)
        .values(state=OutboxState.PENDING, receipt=None)
    )


def _merge(connection: Connection, table: Table, gone: int | str, kept: int | str) -> None:
    """Let everything that refers to one row refer to another of its table, and delete the first.

    What both have, such as a conversation outside threads, is merged in the same way.
    """
    for other, column in _references_to(table):
        for row in connection.execute(select(other).where(column == gone)).all():
            twin = _twin(connection, other, column, row, kept)
            if twin is None:
                connection.execute(update(other).where(other.c.id == row.id).values({column: kept}))
            else:
                _merge(connection, other, row.id, twin)
    connection.execute(delete(table).where(table.c.id == gone))


def _references_to(table: Table) -> Iterator[tuple[Table, Column[Any]]]:
    for other in schema.metadata.sorted_tables:
        for key in other.foreign_keys:
            if key.column.table is table:
                yield other, key.parent


def _twin(
    connection: Connection, table: Table, column: Column[Any], row: Row[Any], kept: int | str
) -> int | str | None:
    """Return the row that would be the same as this one if `column` had the value `kept`."""
    values = {**row._mapping, column.name: kept}
    for unique in table.constraints:
        if not isinstance(unique, UniqueConstraint) or column.name not in unique.columns:
            continue
        if None in (values[one.name] for one in unique.columns):
            continue  # nothing is the same as what is not known
        same = [one == values[one.name] for one in unique.columns]
        found: int | str | None = connection.scalar(select(table.c.id).where(*same, table.c.id != row.id))
        if found is not None:
            return found
    return None
