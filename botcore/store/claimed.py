"""Rows of the inbox with all that is told of them, and what they become."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Exists, Row, Select, exists, func, literal_column, select

from botcore.domain import ActionEvent, Author, ConversationKey, InboundEvent, Lane, User
from botcore.store import schema
from botcore.store.calls import called
from botcore.store.scope import Scope


@dataclass(frozen=True, slots=True)
class Claim:
    """A message that this process has taken to answer."""

    inbox_id: int
    turn_id: str
    epoch: int
    scope: Scope
    user: User
    event: InboundEvent  # with the texts of the messages that were merged into it
    lane: Lane
    is_command: bool
    failures: int
    promised: bool  # its author was told a place
    received_at: datetime
    merged: bool  # it answers more than one message
    in_doubt: bool  # an earlier answer here may not have arrived, and its reader was not told yet


def whole_rows() -> Select[*tuple[Any, ...]]:
    """Select inbox rows with everything that a claim tells of them."""
    return (
        select(
            schema.inbox,
            _merged().label("merged"),
            _in_doubt().label("in_doubt"),
            _alone().label("alone"),
            schema.conversation.c.chat_id,
            schema.conversation.c.thread,
            schema.chat.c.platform_chat_id,
            schema.chat.c.is_direct,
            schema.tenant.c.platform,
            schema.tenant.c.platform_tenant_id,
            schema.user.c.name.label("user_name"),
            schema.user.c.language,
            schema.user.c.timezone,
            schema.identity.c.platform_user_id,
            schema.identity.c.name.label("author_name"),
            schema.message.c.platform_message_id,
            schema.message.c.text,
            schema.message.c.sent_at,
            schema.message.c.is_command,
            schema.button.c.label,
            schema.button.c.plugin,
            schema.button.c.action,
            schema.button.c.data,
        )
        .join(schema.conversation, schema.conversation.c.id == schema.inbox.c.conversation_id)
        .join(schema.chat, schema.chat.c.id == schema.conversation.c.chat_id)
        .join(schema.tenant, schema.tenant.c.id == schema.inbox.c.tenant_id)
        .join(schema.user, schema.user.c.id == schema.inbox.c.user_id)
        # A schedule's run answers no message.
        .outerjoin(schema.message, schema.message.c.id == schema.inbox.c.message_id)
        .join(schema.identity, schema.identity.c.id == _who())
        .outerjoin(schema.button, schema.button.c.id == schema.inbox.c.button_id)
    )


def _who() -> ColumnElement[int]:
    """Return the identity of who pressed, sent or planned, or else wrote the message."""
    return func.coalesce(schema.inbox.c.identity_id, schema.message.c.identity_id)


def _merged() -> Exists:
    other = schema.inbox.alias("other")
    return exists().where(other.c.merged_into == schema.inbox.c.id)


def _in_doubt() -> Exists:
    outbox = schema.outbox
    return exists().where(
        outbox.c.conversation_id == schema.inbox.c.conversation_id,
        outbox.c.state == literal_column("'unknown'"),  # in plain sight, for the partial index
        ~outbox.c.offered,
        outbox.c.only_for.is_(None),
    )


def _alone() -> Exists:
    """Tell whether a button was pressed that one person alone sees."""
    button, outbox = schema.button, schema.outbox
    return exists().where(
        outbox.c.turn_id == button.c.turn_id, outbox.c.part == button.c.part, outbox.c.only_for.is_not(None)
    )


def key_of(row: Row[Any]) -> ConversationKey:
    """Return where the message of a whole row was said."""
    return ConversationKey(row.platform, row.platform_tenant_id, row.platform_chat_id, row.thread)


def scope_of(row: Row[Any]) -> Scope:
    """Return where it was said, by the store's own ids."""
    return Scope(row.tenant_id, row.chat_id, row.conversation_id, row.thread)


def claimed(row: Row[Any], epoch: int) -> Claim:
    """Return a whole row as what an epoch works on."""
    return Claim(
        inbox_id=row.id,
        turn_id=row.turn_id,
        epoch=epoch,
        scope=scope_of(row),
        user=User(row.user_id, row.user_name, row.language or "", row.timezone or ""),
        event=_event(row),
        lane=Lane(row.lane),
        is_command=bool(row.is_command or row.button_id or row.call),
        failures=row.failures,
        promised=row.promised,
        received_at=row.received_at,
        merged=row.merged,
        in_doubt=row.in_doubt,
    )


def _event(row: Row[Any]) -> InboundEvent:
    event = InboundEvent(
        key=key_of(row),
        dedupe_key=row.dedupe_key,
        message_id=row.platform_message_id or "",  # of an answer whose receipt is not known yet
        author=Author(row.platform_user_id, row.author_name),
        text=row.text or "",
        sent_at=row.sent_at or row.received_at,
        direct=row.is_direct,
    )
    if row.call:
        return called(event, row.call, row.received_at)
    if row.button_id is None:
        return event
    return ActionEvent(
        **{name: getattr(event, name) for name in ("key", "dedupe_key", "message_id", "author", "direct")},
        text="",
        sent_at=row.received_at,
        plugin=row.plugin or "",
        action=row.action or "",
        data=row.data or "",
        alone=row.alone,
    )
