"""What is stored of a person: shown to them, or deleted; and the end of what is too old."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, Select, and_, delete, exists, or_, select, update

from botcore.store import marking, schema
from botcore.store.audit import Actor, note
from botcore.store.cascade import AT_ONCE, delete_rows
from botcore.store.inbox import InboxState
from botcore.store.outbox import OutboxState

NAMELESS = "forgotten"
OPEN = (InboxState.WAITING, InboxState.RUNNING)
UNSENT = (OutboxState.PENDING, OutboxState.STARTED, OutboxState.CREATED)


@dataclass(frozen=True, slots=True)
class Retention:
    """How long a chat is remembered."""

    chat_id: int
    known_as: str
    days: int | None  # None: as the configuration says


def begin_forgetting(connection: Connection, user_id: int, *, but: str = "") -> list[int]:
    """Delete what is not a message, answer nothing of a person's any more, and return their messages.

    `but`: the turn in which they ask for this.
    """
    inbox, message, identity = schema.inbox, schema.message, schema.identity
    _forget_traits(connection, user_id)
    connection.execute(
        update(inbox)
        .where(inbox.c.user_id == user_id, inbox.c.turn_id != but, inbox.c.state.in_(OPEN))
        .values(state=InboxState.REFUSED, epoch=None, finished_at=datetime.now(UTC))
    )
    _forget_runs(connection, user_id, but=but)
    asking = connection.scalar(select(inbox.c.message_id).where(inbox.c.turn_id == but))
    ids = connection.scalars(
        select(message.c.id)
        .join(identity, identity.c.id == message.c.identity_id)
        .where(identity.c.user_id == user_id)
    )
    return [one for one in ids if one != asking]


def _forget_traits(connection: Connection, user_id: int) -> None:
    """Delete what plugins keep, what was chosen, planned or half filled in, and the name."""
    state, identity, user = schema.plugin_state, schema.identity, schema.user
    setting = schema.setting
    connection.execute(delete(setting).where(setting.c.chat_id.in_(_own_chats(user_id))))
    connection.execute(update(setting).where(setting.c.user_id == user_id).values(user_id=None))
    _forget_promises(connection, user_id)
    for table in (schema.schedule, schema.form):
        connection.execute(delete(table).where(table.c.user_id == user_id))
    own = state.c.conversation_id.in_(_own_places(user_id))
    connection.execute(delete(state).where(or_(state.c.user_id == user_id, own)))
    connection.execute(update(identity).where(identity.c.user_id == user_id).values(name=NAMELESS))
    connection.execute(
        update(user).where(user.c.id == user_id).values(name=NAMELESS, language=None, timezone=None)
    )


def _forget_promises(connection: Connection, user_id: int) -> None:
    """Delete what the bot said to a person alone without answering a message."""
    outbox, turn, identity = schema.outbox, schema.turn, schema.identity
    theirs = and_(
        identity.c.tenant_id == outbox.c.tenant_id, identity.c.platform_user_id == outbox.c.only_for
    )
    promises = (
        select(turn.c.id)
        .join(outbox, outbox.c.turn_id == turn.c.id)
        .join(identity, theirs)
        .where(identity.c.user_id == user_id, turn.c.inbox_id.is_(None))
    )
    delete_rows(connection, turn, list(connection.scalars(promises)))


def _forget_runs(connection: Connection, user_id: int, *, but: str) -> None:
    """Delete what schedules did for a person: that answers no message, and what was said is a message."""
    inbox, outbox = schema.inbox, schema.outbox
    its = (inbox.c.user_id == user_id, inbox.c.message_id.is_(None), inbox.c.turn_id != but)
    said = select(outbox.c.message_id).join(inbox, inbox.c.turn_id == outbox.c.turn_id).where(*its)
    messages = [one for one in connection.scalars(said) if one is not None]
    delete_rows(connection, inbox, list(connection.scalars(select(inbox.c.id).where(*its))))
    delete_rows(connection, schema.message, messages)


def forget_messages(connection: Connection, ids: Sequence[int]) -> None:
    """Delete messages with what was answered to them, and what the bot said then.

    Answers to others that rest on one of them stay, and repeat it no more.
    """
    marking.redact(connection, ids)
    delete_rows(connection, schema.message, [*ids, *_answers_in_ledger(connection, ids)])


def _answers_in_ledger(connection: Connection, ids: Sequence[int]) -> list[int]:
    outbox, turn, inbox = schema.outbox, schema.turn, schema.inbox
    found = connection.scalars(
        select(outbox.c.message_id)
        .join(turn, turn.c.id == outbox.c.turn_id)
        .join(inbox, inbox.c.id == turn.c.inbox_id)
        .where(inbox.c.message_id.in_(ids), outbox.c.message_id.is_not(None))
    )
    return [found_id for found_id in found if found_id is not None]


def note_forgetting(connection: Connection, user_id: int, actor: Actor) -> None:
    """Write down that a person was forgotten."""
    tenant_id = connection.scalar(select(schema.user.c.tenant_id).where(schema.user.c.id == user_id))
    note(connection, actor, "forget", tenant_id=tenant_id, about_user_id=user_id)


def _own_places(user_id: int) -> Select[int]:
    """Select the conversations in which a person was alone with the bot."""
    conversation, chat, inbox = schema.conversation, schema.chat, schema.inbox
    theirs = exists().where(inbox.c.conversation_id == conversation.c.id, inbox.c.user_id == user_id)
    return (
        select(conversation.c.id)
        .join(chat, chat.c.id == conversation.c.chat_id)
        .where(chat.c.is_direct, theirs)
    )


def _own_chats(user_id: int) -> Select[int]:
    """Select the chats in which they were."""
    conversation = schema.conversation
    return select(conversation.c.chat_id).where(conversation.c.id.in_(_own_places(user_id)))


def set_retention(connection: Connection, chat_id: int, days: int | None, actor: Actor) -> None:
    """Set how long a chat is remembered; None: as the configuration says, 0: for ever."""
    chat = schema.chat
    tenant_id = connection.scalar(select(chat.c.tenant_id).where(chat.c.id == chat_id))
    connection.execute(update(chat).where(chat.c.id == chat_id).values(retention_days=days))
    detail = "default" if days is None else f"{days} days"
    note(connection, actor, "retention", tenant_id=tenant_id, about_chat_id=chat_id, detail=detail)


def retentions(connection: Connection) -> list[Retention]:
    """Return every chat with how long it is remembered."""
    chat, tenant = schema.chat, schema.tenant
    rows = connection.execute(
        select(chat.c.id, chat.c.platform_chat_id, chat.c.retention_days, tenant.c.platform)
        .join(tenant, tenant.c.id == chat.c.tenant_id)
        .order_by(chat.c.id)
    )
    return [Retention(r.id, f"{r.platform}:{r.platform_chat_id}", r.retention_days) for r in rows]


def sweep_messages(connection: Connection, chat_id: int, before: datetime) -> int:
    """Delete some of the messages of a chat that are too old; return how many.

    What is still to be answered stays, and so does an answer that is still to be sent.
    """
    message, inbox, outbox = schema.message, schema.inbox, schema.outbox
    waits = exists().where(inbox.c.message_id == message.c.id, inbox.c.state.in_(OPEN))
    unsent = exists().where(outbox.c.message_id == message.c.id, outbox.c.state.in_(UNSENT))
    ids = connection.scalars(
        select(message.c.id)
        .where(message.c.chat_id == chat_id, message.c.sent_at < before, ~waits, ~unsent)
        .order_by(message.c.sent_at)
        .limit(AT_ONCE)
    ).all()
    delete_rows(connection, schema.message, ids)
    return len(ids)


def sweep_rest(connection: Connection, chat_id: int, before: datetime) -> None:
    """Delete what is too old in a chat and rests on no message: notices, and what plugins keep."""
    conversation, state, turn = schema.conversation, schema.plugin_state, schema.turn
    here = select(conversation.c.id).where(conversation.c.chat_id == chat_id)
    connection.execute(delete(state).where(state.c.conversation_id.in_(here), state.c.written_at < before))
    notices = connection.scalars(
        select(turn.c.id)
        .where(turn.c.inbox_id.is_(None), turn.c.conversation_id.in_(here), turn.c.started_at < before)
        .limit(AT_ONCE)
    ).all()
    delete_rows(connection, turn, notices)
    inbox = schema.inbox
    runs = connection.scalars(
        select(inbox.c.id)
        .where(
            inbox.c.message_id.is_(None),
            inbox.c.conversation_id.in_(here),
            inbox.c.received_at < before,
            inbox.c.state.not_in(OPEN),
        )
        .limit(AT_ONCE)
    ).all()
    delete_rows(connection, inbox, runs)


def too_old(days: int, now: datetime) -> datetime:
    """Return the moment before which everything is, in a chat that is remembered for so many days."""
    return now - timedelta(days=days)
