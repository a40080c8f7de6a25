"""What was said before the bot heard it: rows of the ledger that the platform was asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, func, select, update

from botcore.adapter import PastMessage
from botcore.domain import ConversationKey, Edited, valid
from botcore.store import changes, schema
from botcore.store.intake import find_place, identify
from botcore.store.ledger import HISTORY, find_scope
from botcore.store.scope import Scope
from botcore.store.upsert import add_if_new, insert

FORGET = "forget"  # in the audit: a person asked that nothing of theirs be kept


@dataclass(frozen=True, slots=True)
class Reach:
    """How much of a place is known: everything between two moments."""

    since: datetime
    until: datetime
    cursor: str  # where to go on, in the adapter's words
    has_more: bool  # something is left beyond


def open_scope(connection: Connection, key: ConversationKey) -> Scope | None:
    """Return where a group's ledger is, which may begin here; None of a direct chat."""
    find_place(connection, key, direct=False, now=datetime.now(UTC))
    return find_scope(connection, key)


def find_reach(connection: Connection, scope: Scope) -> Reach | None:
    """Return how much of a place is known; None when nobody has asked yet."""
    history = schema.history.c
    row = connection.execute(
        select(history.since, history.until, history.cursor, history.has_more).where(
            history.chat_id == scope.chat_id,
            history.thread == scope.thread,
            history.tenant_id == scope.tenant_id,
        )
    ).first()
    return Reach(*row) if row else None


def kept_since(connection: Connection, scope: Scope, default_days: int) -> datetime | None:
    """Return from when on a chat is remembered; None: for ever."""
    days = connection.scalar(select(schema.chat.c.retention_days).where(schema.chat.c.id == scope.chat_id))
    days = default_days if days is None else days
    return datetime.now(UTC) - timedelta(days=days) if days else None


def add_past(
    connection: Connection,
    scope: Scope,
    key: ConversationKey,
    messages: Sequence[PastMessage],
    reach: Reach,
    *,
    is_command: Callable[[str], bool],
    since: datetime | None,
) -> None:
    """Add what the ledger does not know, and note how much of the place is known now.

    `since`: nothing older is kept. What somebody wrote before they asked to be forgotten is not either.
    """
    forgotten = _forgotten(connection, scope.tenant_id, {message.author.id for message in messages})
    for message in messages:
        until = forgotten.get(message.author.id)
        if (since and message.sent_at < since) or (until and message.sent_at < until):
            continue
        _add(connection, scope, key, message, is_command=is_command(message.text))
    now = {name: getattr(reach, name) for name in ("since", "until", "cursor", "has_more")}
    _note_reach(connection, scope, now, now)
    if not scope.thread:
        _note_threads(connection, scope, [one for one in messages if not since or one.sent_at >= since])


def _note_reach(
    connection: Connection, scope: Scope, first: Mapping[str, object], then: Mapping[str, object]
) -> None:
    """Note how much of a place is known: `first` if nothing was noted yet, otherwise `then`."""
    place = {"chat_id": scope.chat_id, "thread": scope.thread}
    connection.execute(
        insert(connection, schema.history)
        .values(**place, tenant_id=scope.tenant_id, **first)
        .on_conflict_do_update(index_elements=list(place), set_=dict(then))
    )


def _note_threads(connection: Connection, scope: Scope, messages: Sequence[PastMessage]) -> None:
    """Note which threads below messages have replies that the ledger lacks: they are left to be read."""
    history, message = schema.history.c, schema.message.c
    begun = {one.message_id: one for one in messages if one.replies and one.last_reply_at}
    counted = connection.execute(
        select(message.thread, func.count())
        .where(message.chat_id == scope.chat_id, message.thread.in_(begun), message.deleted_at.is_(None))
        .group_by(message.thread)
    )
    known = {row[0]: row[1] for row in counted}
    read = connection.execute(
        select(history.thread, history.until).where(
            history.chat_id == scope.chat_id, history.thread.in_(begun)
        )
    )
    reached = {row[0]: row[1] for row in read}
    for thread, one in begun.items():
        assert one.last_reply_at
        # What was heard is known too, and what will never be, as what a bot without a text said, was read.
        if known.get(thread, 0) < one.replies and reached.get(thread, one.sent_at) < one.last_reply_at:
            nothing = {"since": one.sent_at, "until": one.sent_at, "cursor": "", "has_more": True}
            _note_reach(connection, replace(scope, thread=thread), nothing, {"has_more": True})


def unread_threads(connection: Connection, scope: Scope, *, last: int) -> list[str]:
    """Return the threads below the last so many messages of a chat that are not read to their end.

    The newest comes first.
    """
    history, message = schema.history.c, schema.message.c
    roots = (
        select(message.platform_message_id)
        .where(message.chat_id == scope.chat_id, message.thread == "", message.deleted_at.is_(None))
        .order_by(message.sent_at.desc())
        .limit(last)
        .subquery()
    )
    return list(
        connection.scalars(
            select(history.thread)
            .where(
                history.tenant_id == scope.tenant_id,
                history.chat_id == scope.chat_id,
                history.has_more,
                history.thread.in_(select(roots.c.platform_message_id)),
            )
            .order_by(history.since.desc())
        )
    )


def close_thread(connection: Connection, scope: Scope) -> None:
    """Note that nothing more of a thread is to be had."""
    history = schema.history
    connection.execute(
        update(history)
        .where(history.c.chat_id == scope.chat_id, history.c.thread == scope.thread)
        .values(has_more=False)
    )


def _add(
    connection: Connection, scope: Scope, key: ConversationKey, message: PastMessage, *, is_command: bool
) -> None:
    identity_id, _ = identify(connection, scope.tenant_id, message.author, datetime.now(UTC))
    row = {
        "tenant_id": scope.tenant_id,
        "chat_id": scope.chat_id,
        "thread": message.thread,
        "platform_message_id": message.message_id,
        "identity_id": identity_id,
        "sent_at": message.sent_at,
        "text": valid(message.text),
        "edited_at": message.edited_at,
        "source": HISTORY,
        "is_command": is_command,
    }
    added = connection.scalar(add_if_new(connection, schema.message), row)
    if added is None and message.edited_at:  # it was known, perhaps as it was before an edit that nobody told
        changes.follow(connection, Edited(key, message.message_id, message.text, message.edited_at))


def _forgotten(connection: Connection, tenant_id: int, authors: set[str]) -> Mapping[str, datetime]:
    """Return until when nothing of people is kept, of those who asked for that."""
    identity, audit = schema.identity, schema.audit
    rows = connection.execute(
        select(identity.c.platform_user_id, func.max(audit.c.at, type_=schema.UtcDateTime))
        .join(audit, audit.c.about_user_id == identity.c.user_id)
        .where(
            identity.c.tenant_id == tenant_id,
            identity.c.platform_user_id.in_(authors),
            audit.c.action == FORGET,
        )
        .group_by(identity.c.platform_user_id)
    )
    return {row[0]: row[1] for row in rows}
