"""What waits for an answer, and who works on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
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

from botcore.domain import Author, ConversationKey, InboundEvent, Lane, User
from botcore.store import schema
from botcore.store.scope import Scope
from botcore.store.upsert import add_if_new, insert

MAX_CRASHES = 5


# No pause is longer. What is due later than that was written before the clock was set back.
LONGEST_PAUSE = timedelta(minutes=10)


class InboxState(StrEnum):
    """How far a message is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    DEAD = "dead"  # given up
    EXPIRED = "expired"  # it waited too long while nobody was there
    MERGED = "merged"  # a later message's turn answers it too
    REFUSED = "refused"  # too many waited already


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which messages a process would take now."""

    lanes: frozenset[Lane] = frozenset(Lane)
    without_users: frozenset[int] = frozenset()  # they have their share of what is being answered


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


@dataclass(frozen=True, slots=True)
class Superseded:
    """A turn that a later message of the same author took over."""

    turn_id: str
    message_id: str  # of the message that it would have answered


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message that nobody works on yet."""

    inbox_id: int
    turn_id: str
    scope: Scope
    key: ConversationKey
    message_id: str
    user_id: int
    lane: Lane
    text: str
    received_at: datetime
    promised: bool
    place: int  # 1 is the next one


def claim(connection: Connection, epoch: int, wanted: Wanted) -> Claim | None:
    """Take the oldest message that is due and that nothing before it holds back, and open its turn."""
    now = datetime.now(UTC)
    what: dict[str, object] = {"now": now, "too_far": now + LONGEST_PAUSE}
    if wanted.without_users:
        what["without_users"] = sorted(wanted.without_users)
    row = connection.execute(_claimable(wanted.lanes, bool(wanted.without_users)), what).first()
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
    claim = _claimed(row, epoch)
    return _with_merged(connection, claim) if claim.merged else claim


def take(connection: Connection, epoch: int, which: ColumnElement[bool]) -> list[Claim]:
    """Take certain waiting messages out of the queue, whatever holds them back."""
    here = and_(schema.inbox.c.state == InboxState.WAITING, which)
    # Locked, so that nobody claims one of them meanwhile. SQLite has one writer and ignores that.
    locked = _whole_rows().where(here).with_for_update(of=schema.inbox)
    rows = connection.execute(locked).all()
    _open_turns(connection, here)
    connection.execute(
        update(schema.inbox)
        .where(schema.inbox.c.id.in_([row.id for row in rows]))
        .values(state=InboxState.RUNNING, epoch=epoch)
    )
    return [_claimed(row, epoch) for row in rows]


def promise(connection: Connection, inbox_ids: Sequence[int]) -> None:
    """Note that the authors of these messages were told their places."""
    which = schema.inbox.c.id.in_(inbox_ids)
    connection.execute(update(schema.inbox).where(which).values(promised=True))
    _open_turns(connection, which)


def merge_earlier(connection: Connection, inbox_id: int) -> list[Superseded]:
    """Let a new message take over what its author still waits for here; return what is given up."""
    inbox, message = schema.inbox, schema.message
    new = inbox.alias("new")
    still_open = inbox.c.state.in_([InboxState.WAITING, InboxState.RUNNING])
    rows = connection.execute(
        select(inbox.c.id, inbox.c.turn_id, message.c.platform_message_id)
        .join(new, and_(new.c.conversation_id == inbox.c.conversation_id, new.c.id == inbox_id))
        .join(message, message.c.id == inbox.c.message_id)
        .where(
            inbox.c.user_id == new.c.user_id,
            still_open,
            inbox.c.id < inbox_id,
            inbox.c.lane == Lane.TURN,
            ~message.c.is_command,
        )
        .order_by(inbox.c.id)
        .with_for_update(of=inbox)  # what is closed meanwhile stays as it is
    ).all()
    ids = [row.id for row in rows]
    connection.execute(
        update(inbox)
        .where(or_(and_(inbox.c.id.in_(ids), still_open), inbox.c.merged_into.in_(ids)))
        .values(state=InboxState.MERGED, epoch=None, merged_into=inbox_id, finished_at=datetime.now(UTC))
    )
    return [Superseded(row.turn_id, row.platform_message_id) for row in rows]


def is_busy(connection: Connection, inbox_id: int) -> bool:
    """Tell whether a message's conversation has turns before it that are not over."""
    inbox = schema.inbox
    new = inbox.alias("new")
    return bool(
        connection.scalar(select(_earlier(new, Lane.TURN, "conversation_id")).where(new.c.id == inbox_id))
    )


def count_waiting(connection: Connection, limit: int) -> int:
    """Return how many messages wait for an answer, counting no further than `limit`."""
    rows = _waiting_rows().with_only_columns(schema.inbox.c.id).limit(limit).subquery()
    return connection.scalar(select(func.count()).select_from(rows)) or 0


def waiting(connection: Connection) -> list[Waiting]:
    """Return what waits, the next one first."""
    rows = connection.execute(
        _whole_rows()
        .where(schema.inbox.c.state == InboxState.WAITING, schema.inbox.c.lane != Lane.CONTROL)
        .order_by(schema.inbox.c.id)
    )
    return [
        Waiting(
            inbox_id=row.id,
            turn_id=row.turn_id,
            scope=_scope(row),
            key=_key(row),
            message_id=row.platform_message_id,
            user_id=row.user_id,
            lane=Lane(row.lane),
            text=row.text,
            received_at=row.received_at,
            promised=row.promised,
            place=place,
        )
        for place, row in enumerate(rows, start=1)
    ]


def finish(connection: Connection, inbox_id: int, epoch: int, state: InboxState) -> bool:
    """Close a message. False when it is this process's no longer: nothing may be written then."""
    how = {"owned_id": inbox_id, "owned_by": epoch, "new_state": state, "now": datetime.now(UTC)}
    done = connection.execute(_finish(), how)
    return bool(done.rowcount)


def release(connection: Connection, inbox_id: int, epoch: int, *, failed: bool, delay: float) -> bool:
    """Give a message back, to be claimed again after `delay` seconds, `LONGEST_PAUSE` at most.

    False, with nothing written, when it is this process's no longer.
    """
    given_back = connection.execute(
        _owned().values(
            state=InboxState.WAITING,
            epoch=None,
            failures=schema.inbox.c.failures + int(failed),
            due_at=datetime.now(UTC) + min(timedelta(seconds=delay), LONGEST_PAUSE) if delay else None,
        ),
        {"owned_id": inbox_id, "owned_by": epoch},
    )
    return bool(given_back.rowcount)


def release_all(connection: Connection, epoch: int) -> None:
    """Give back everything an epoch holds."""
    connection.execute(
        update(schema.inbox)
        .where(schema.inbox.c.state == InboxState.RUNNING, schema.inbox.c.epoch == epoch)
        .values(state=InboxState.WAITING, epoch=None)
    )


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
    return [_claimed(row, epoch) for row in connection.execute(_whole_rows().where(ours))]


def next_due(connection: Connection, after: datetime) -> datetime | None:
    """Return when the next message becomes due that was not at a certain time."""
    due: datetime | None = connection.scalar(_next_due(), {"after": after})
    return due


@cache
def _next_due() -> Select[datetime]:
    due_at = schema.inbox.c.due_at
    return select(func.min(due_at, type_=schema.UtcDateTime)).where(
        schema.inbox.c.state == InboxState.WAITING, due_at > bindparam("after")
    )


def _owned() -> Update:
    """Return an update of a message that takes no effect unless its epoch still owns it: the fence."""
    return update(schema.inbox).where(
        schema.inbox.c.id == bindparam("owned_id"),
        schema.inbox.c.state == InboxState.RUNNING,
        schema.inbox.c.epoch == bindparam("owned_by"),
    )


@cache
def _finish() -> Update:
    return _owned().values(state=bindparam("new_state"), epoch=None, finished_at=bindparam("now"))


@cache  # building this takes ten times as long as running it
def _claimable(lanes: frozenset[Lane], without_users: bool) -> Select[*tuple[Any, ...]]:
    """Select the oldest message in these lanes that is due, by `now`, `too_far` and `without_users`."""
    inbox = schema.inbox
    due = or_(
        inbox.c.due_at.is_(None),
        inbox.c.due_at <= bindparam("now"),
        inbox.c.due_at > bindparam("too_far"),
    )
    free = or_(
        inbox.c.lane == Lane.CONTROL,
        and_(inbox.c.lane == Lane.TURN, ~_earlier(inbox, Lane.TURN, "conversation_id")),
        and_(inbox.c.lane == Lane.JOB, ~_earlier(inbox, Lane.JOB, "user_id")),
    )
    # Not by IN, whose statement is put together anew each time it is executed.
    wanted = or_(*(inbox.c.lane == lane for lane in sorted(lanes)))
    if without_users:
        share = inbox.c.user_id.not_in(bindparam("without_users", expanding=True))
        wanted = and_(wanted, or_(inbox.c.lane == Lane.CONTROL, share))
    rows = _whole_rows().where(inbox.c.state == InboxState.WAITING, due, free, wanted)
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


def _earlier(inbox: FromClause, lane: Lane, same: str) -> Exists:
    """Return whether something before a message holds it back: one in this lane at the same place."""
    earlier = schema.inbox.alias("earlier")
    return exists().where(
        earlier.c[same] == inbox.c[same],
        or_(earlier.c.state == InboxState.WAITING, earlier.c.state == InboxState.RUNNING),
        earlier.c.id < inbox.c.id,
        earlier.c.lane == lane,
    )


def _waiting_rows() -> Select[*tuple[Any, ...]]:
    """Select what waits for an answer; control commands never wait."""
    return select(schema.inbox).where(
        schema.inbox.c.state == InboxState.WAITING, schema.inbox.c.lane != Lane.CONTROL
    )


def _whole_rows() -> Select[*tuple[Any, ...]]:
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


def _key(row: Row[Any]) -> ConversationKey:
    return ConversationKey(row.platform, row.platform_tenant_id, row.platform_chat_id, row.thread)


def _scope(row: Row[Any]) -> Scope:
    return Scope(row.tenant_id, row.chat_id, row.conversation_id, row.thread)


def _claimed(row: Row[Any], epoch: int) -> Claim:
    return Claim(
        inbox_id=row.id,
        turn_id=row.turn_id,
        epoch=epoch,
        scope=_scope(row),
        user=User(row.user_id, row.user_name),
        event=InboundEvent(
            key=_key(row),
            dedupe_key=row.dedupe_key,
            message_id=row.platform_message_id,
            author=Author(row.platform_user_id, row.author_name),
            text=row.text,
            sent_at=row.sent_at,
            direct=row.is_direct,
        ),
        lane=Lane(row.lane),
        is_command=row.is_command,
        failures=row.failures,
        promised=row.promised,
        received_at=row.received_at,
        merged=row.merged,
        in_doubt=row.in_doubt,
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


def _open_turns(connection: Connection, which: ColumnElement[bool]) -> None:
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
