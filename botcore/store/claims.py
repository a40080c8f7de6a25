"""Taking messages out of the queue, to answer them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Exists,
    FromClause,
    Select,
    Update,
    and_,
    bindparam,
    exists,
    false,
    literal,
    or_,
    select,
    update,
)

from botcore.domain import Lane
from botcore.store import schema
from botcore.store.claimed import Claim, claimed, whole_rows
from botcore.store.inbox import LONGEST_PAUSE, MAX_CRASHES, InboxState
from botcore.store.upsert import add_if_new, insert


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which messages a process would take now."""

    lanes: frozenset[Lane] = frozenset(Lane)
    without_users: frozenset[int] = frozenset()  # they have their share of what is being answered
    without_commands_of: frozenset[int] = frozenset()  # they have their share of control commands


ANYTHING = Wanted()


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


def held_back(inbox: FromClause, lane: Lane, same: str) -> ColumnElement[bool]:
    """Return whether something holds a message back: one in this lane at the same place.

    That is one that waits before it, or any that is being answered: what was given up and is put back
    stands before that which came meanwhile.
    """

    def is_there(
        state: InboxState, name: str, is_before: Callable[[FromClause], ColumnElement[bool]]
    ) -> Exists:
        other = schema.inbox.alias(name)
        here = and_(other.c[same] == inbox.c[same], other.c.state == state, other.c.lane == lane)
        return exists().where(here, is_before(other))

    # Apart, so that an index leads to each.
    waits = is_there(InboxState.WAITING, "earlier", lambda earlier: earlier.c.id < inbox.c.id)
    runs = is_there(InboxState.RUNNING, "running", lambda running: running.c.id != inbox.c.id)
    return or_(waits, runs)


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
