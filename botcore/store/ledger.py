"""Reading back: what was said in a chat, and what was asked and answered in a conversation."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, exists, func, or_, select

from botcore.domain import ConversationKey, Message
from botcore.engine import ModelMessage
from botcore.store import schema
from botcore.store.scope import Scope

BOT_NAME = "botcore"
HISTORY = "history"  # the source of what the platform was asked for, as live is what it told by itself
NO_CONVERSATION = 0  # of a chat in which the bot may never have talked


def ledger(
    connection: Connection,
    scope: Scope,
    *,
    before: int,
    last: int,
    commands: bool = False,
    threads: bool = False,
) -> list[Message]:
    """Return the last messages of a conversation's place, up to the one that inbox row `before` brought.

    `commands`: those to the bot too, and its answers to them. A thread's place includes the message that
    the thread is about; `threads`: a chat's includes the threads about its messages.
    """
    message, identity = schema.message, schema.identity
    rows = connection.execute(
        select(
            message.c.id,
            message.c.text,
            message.c.sent_at,
            func.coalesce(identity.c.name, BOT_NAME).label("author"),
            func.coalesce(identity.c.is_bot, True).label("is_bot"),
            identity.c.user_id,
        )
        .outerjoin(identity, identity.c.id == message.c.identity_id)
        .where(
            message.c.tenant_id == scope.tenant_id,
            message.c.chat_id == scope.chat_id,
            or_(_is_in_thread(scope), _is_below(scope)) if threads else _is_in_thread(scope),
            message.c.deleted_at.is_(None),
            *([] if commands else [~message.c.is_command]),
            _is_before(before),
        )
        .order_by(message.c.sent_at.desc(), message.c.id.desc())
        .limit(last)
    )
    said = [
        Message(
            id=str(row.id),
            author=row.author,
            text=row.text,
            sent_at=row.sent_at,
            is_bot=bool(row.is_bot),
            user_id=row.user_id,
        )
        for row in rows
    ]
    return said[::-1]


def count_since(connection: Connection, scope: Scope, since: datetime, *, limit: int) -> int:
    """Return how many messages of a place are known from a moment on, counting no further than `limit`."""
    message = schema.message.c
    some = (
        select(message.id)
        .where(
            message.tenant_id == scope.tenant_id,
            message.chat_id == scope.chat_id,
            _is_in_thread(scope),
            message.deleted_at.is_(None),
            ~message.is_command,
            message.sent_at >= since,
        )
        .limit(limit)
        .subquery()
    )
    return connection.scalar(select(func.count()).select_from(some)) or 0


def _is_in_thread(scope: Scope) -> ColumnElement[bool]:
    message = schema.message.c
    said_there = message.thread == scope.thread
    return or_(said_there, message.platform_message_id == scope.thread) if scope.thread else said_there


def _is_below(scope: Scope) -> ColumnElement[bool]:
    """Tell what was said in threads about messages of a chat; topics of a forum are about none."""
    root = schema.message.alias("root").c
    return exists().where(
        root.chat_id == scope.chat_id,
        root.thread == scope.thread,
        root.platform_message_id == schema.message.c.thread,
        schema.message.c.thread != scope.thread,
    )


def _is_before(inbox_id: int) -> ColumnElement[bool]:
    """Tell what came in earlier, or was said earlier: fetched for this very question, or delivered late.

    A schedule's run asks about everything.
    """
    message, asked = schema.message.c, schema.message.alias("asked").c
    which = (
        asked.id == select(schema.inbox.c.message_id).where(schema.inbox.c.id == inbox_id).scalar_subquery()
    )
    came = select(asked.id).where(which).scalar_subquery()
    said = select(asked.sent_at).where(which).scalar_subquery()
    no_message = exists().where(schema.inbox.c.id == inbox_id, schema.inbox.c.message_id.is_(None))
    said_before = and_(message.id != came, message.sent_at < said)
    return or_(message.id < came, said_before, no_message)


def find_scope(connection: Connection, key: ConversationKey) -> Scope | None:
    """Return where the ledger of a group is, outside its threads or in one of them; None without any."""
    chat, tenant = schema.chat, schema.tenant
    row = connection.execute(
        select(chat.c.tenant_id, chat.c.id)
        .join(tenant, tenant.c.id == chat.c.tenant_id)
        .where(
            tenant.c.platform == key.platform,
            tenant.c.platform_tenant_id == key.tenant,
            chat.c.platform_chat_id == key.chat,
            ~chat.c.is_direct,
        )
    ).first()
    return Scope(row.tenant_id, row.id, NO_CONVERSATION, key.thread) if row else None


def history(connection: Connection, scope: Scope, *, before: int, limit: int) -> list[ModelMessage]:
    """Return the last answered turns of a conversation, oldest first, as pairs."""
    turn, inbox, message = schema.turn, schema.inbox, schema.message
    rows = connection.execute(
        select(func.coalesce(turn.c.question, message.c.text).label("question"), turn.c.answer)
        .select_from(turn)
        .join(inbox, inbox.c.id == turn.c.inbox_id)
        .join(message, message.c.id == inbox.c.message_id)
        .where(
            turn.c.tenant_id == scope.tenant_id,
            turn.c.conversation_id == scope.conversation_id,
            turn.c.in_history,
            turn.c.inbox_id < before,
            message.c.deleted_at.is_(None),
        )
        .order_by(turn.c.inbox_id.desc())
        .limit(limit)
    )
    pairs = [(ModelMessage.user(row.question), ModelMessage.assistant(row.answer)) for row in rows]
    return [message for pair in reversed(pairs) for message in pair]
