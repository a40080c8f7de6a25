"""Taking messages out of the queue, to answer them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Exists,
    FromClause,
    Row,
    Select,
    Update,
    and_,
    bindparam,
    exists,
    false,
    func,
    literal,
    literal_column,
    or_,
    select,
    update,
)

from botcore.domain import ActionEvent, Author, ConversationKey, InboundEvent, Lane, User
from botcore.store import schema
from botcore.store.inbox import LONGEST_PAUSE, MAX_CRASHES, InboxState
from botcore.store.scope import Scope
from botcore.store.upsert import add_if_new, insert


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which messages a process would take now."""

    lanes: frozenset[Lane] = frozenset(Lane)
    without_users: frozenset[int] = frozenset()  # they have their share of what is being answered
    without_commands_of: frozenset[int] = frozenset()  # they have their share of control commands


ANYTHING = Wanted()


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


def claim(connection: Connection, epoch: int, wanted: Wanted) -> Claim | None:
    """Take the oldest message that is due and that nothing before it holds back, and open its turn."""
    if not wanted.lanes:
        return None
    now = datetime.now(UTC)
    what: dict[str, object] = {"now": now, "too_far": now + LONGEST_PAUSE}
    if wanted.without_users:
        what["without_users"] = sorted(wanted.without_users)
    if wanted.without_commands_of:
        what["without_commands_of"] = sorted(wanted.without_commands_of)
    fitting = _claimable(wanted.lanes, bool(wanted.without_users), bool(wanted.without_commands_of))
    row = connection.execute(fitting, what).first()
    if row is None:
        return None
    connection.execute(_take_one(), {"taken_id": row.id, "taken_by": epoch})
    turn = {
        "id": row.turn_id,
        "tenant_id": row.tenant_id,
        "conversation_id": row.conversation_id,
        "inbox_id": row.id,
        "in_history": False,
        "started_at": now,
    }
    # One that is tried again, or was promised, has its turn already.
    connection.execute(add_if_new(connection, schema.turn), turn)
    claim = claimed(row, epoch)
    return _with_merged(connection, claim) if claim.merged else claim


def take(connection: Connection, epoch: int, which: ColumnElement[bool]) -> list[Claim]:
    """Take certain waiting messages out of the queue, whatever holds them back."""
    here = and_(schema.inbox.c.state == InboxState.WAITING, which)
    # Locked, so that nobody claims one of them meanwhile. SQLite has one writer and ignores that.
    locked = whole_rows().where(here).with_for_update(of=schema.inbox)
    rows = connection.execute(locked).all()
    open_turns(connection, here)
    connection.execute(
        update(schema.inbox)
        .where(schema.inbox.c.id.in_([row.id for row in rows]))
        .values(state=InboxState.RUNNING, epoch=epoch)
    )
    return [claimed(row, epoch) for row in rows]


def free_older_epochs(connection: Connection, epoch: int) -> list[Claim]:
    """Give back what a process held that is gone.

    A message that was there at every crash is returned instead, as a claim of this epoch, to be given up.
    """
    held = and_(schema.inbox.c.state == InboxState.RUNNING, schema.inbox.c.epoch < epoch)
    connection.execute(
        update(schema.inbox).where(held).values(epoch=epoch, crashes=schema.inbox.c.crashes + 1)
    )
    ours = and_(schema.inbox.c.state == InboxState.RUNNING, schema.inbox.c.epoch == epoch)
    connection.execute(
        update(schema.inbox)
        .where(ours, schema.inbox.c.crashes < MAX_CRASHES)
        .values(state=InboxState.WAITING, epoch=None, due_at=None)
    )
    return [claimed(row, epoch) for row in connection.execute(whole_rows().where(ours))]


@cache  # building this takes ten times as long as running it
def _claimable(
    lanes: frozenset[Lane], without_users: bool, without_commands_of: bool
) -> Select[*tuple[Any, ...]]:
    """Select the oldest message in these lanes that is due, by `now`, `too_far` and who has their share."""
    inbox = schema.inbox
    due = or_(
        inbox.c.due_at.is_(None),
        inbox.c.due_at <= bindparam("now"),
        inbox.c.due_at > bindparam("too_far"),
    )
    free = or_(
        inbox.c.lane == Lane.CONTROL,
        and_(inbox.c.lane == Lane.TURN, ~held_back(inbox, Lane.TURN, "conversation_id")),
        and_(inbox.c.lane == Lane.JOB, ~held_back(inbox, Lane.JOB, "user_id")),
    )
    # Not by IN, whose statement is put together anew each time it is executed.
    wanted = or_(*(inbox.c.lane == lane for lane in sorted(lanes)))
    if without_users:
        others = inbox.c.user_id.not_in(bindparam("without_users", expanding=True))
        wanted = and_(wanted, or_(inbox.c.lane == Lane.CONTROL, others))
    if without_commands_of:
        others = inbox.c.user_id.not_in(bindparam("without_commands_of", expanding=True))
        wanted = and_(wanted, or_(inbox.c.lane != Lane.CONTROL, others))
    rows = whole_rows().where(inbox.c.state == InboxState.WAITING, due, free, wanted)
    # SQLite has one writer and ignores the lock.
    return rows.order_by(inbox.c.id).limit(1).with_for_update(of=inbox, skip_locked=True)


@cache
def _take_one() -> Update:
    """Give the message `taken_id` to the epoch `taken_by`."""
    return (
        update(schema.inbox)
        .where(schema.inbox.c.id == bindparam("taken_id"))
        .values(state=InboxState.RUNNING, epoch=bindparam("taken_by"))
    )


def held_back(inbox: FromClause, lane: Lane, same: str) -> Exists:
    """Return whether something before a message holds it back: one in this lane at the same place."""
    earlier = schema.inbox.alias("earlier")
    return exists().where(
        earlier.c[same] == inbox.c[same],
        or_(earlier.c.state == InboxState.WAITING, earlier.c.state == InboxState.RUNNING),
        earlier.c.id < inbox.c.id,
        earlier.c.lane == lane,
    )


def whole_rows() -> Select[*tuple[Any, ...]]:
    """Select inbox rows with everything that a claim tells of them."""
    return (
        select(
            schema.inbox,
            _merged().label("merged"),
            _in_doubt().label("in_doubt"),
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
        .join(schema.message, schema.message.c.id == schema.inbox.c.message_id)
        .join(schema.identity, schema.identity.c.id == _who())
        .outerjoin(schema.button, schema.button.c.id == schema.inbox.c.button_id)
    )


def _who() -> ColumnElement[int]:
    """Return the identity of who pressed, or else wrote the message."""
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
        is_command=row.is_command or row.button_id is not None,
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
        text=row.text,
        sent_at=row.sent_at,
        direct=row.is_direct,
    )
    if row.button_id is None:
        return event
    return ActionEvent(
        **{name: getattr(event, name) for name in ("key", "dedupe_key", "message_id", "author", "direct")},
        text="",
        sent_at=row.received_at,
        plugin=row.plugin or "",
        action=row.action or "",
        data=row.data or "",
    )


def _with_merged(connection: Connection, claim: Claim) -> Claim:
    """Put the texts of the messages that were merged into a claim before its own."""
    inbox, message = schema.inbox, schema.message
    texts = connection.scalars(
        select(message.c.text)
        .join(inbox, inbox.c.message_id == message.c.id)
        .where(inbox.c.merged_into == claim.inbox_id)
        .order_by(inbox.c.id)
    )
    return replace(claim, event=replace(claim.event, text="\n\n".join([*texts, claim.event.text])))


def open_turns(connection: Connection, which: ColumnElement[bool]) -> None:
    """Give these messages their turns; one that is tried again, or was promised, has its turn already."""
    inbox = schema.inbox
    columns = ["id", "tenant_id", "conversation_id", "inbox_id", "in_history", "started_at"]
    rows = select(
        inbox.c.turn_id,
        inbox.c.tenant_id,
        inbox.c.conversation_id,
        inbox.c.id,
        false(),
        literal(datetime.now(UTC), schema.UtcDateTime),
    ).where(which)
    connection.execute(insert(connection, schema.turn).from_select(columns, rows).on_conflict_do_nothing())
