"""The inbox: how far each message is, and the fence of those who work on it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache

from sqlalchemy import Connection, Select, Update, bindparam, func, select, update

from botcore.store import schema

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


def finish(
    connection: Connection, inbox_id: int, epoch: int, state: InboxState, *, failed: bool = False
) -> bool:
    """Close a message. False when it is this process's no longer: nothing may be written then."""
    how = {"owned_id": inbox_id, "owned_by": epoch, "new_state": state, "now": datetime.now(UTC)}
    done = connection.execute(_finish(), {**how, "failed": int(failed)})
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


def release_all(connection: Connection, epoch: int, *, but: Collection[str] = ()) -> None:
    """Give back everything an epoch holds, `but` the messages of these turns."""
    connection.execute(
        update(schema.inbox)
        .where(
            schema.inbox.c.state == InboxState.RUNNING,
            schema.inbox.c.epoch == epoch,
            schema.inbox.c.turn_id.not_in(but),
        )
        .values(state=InboxState.WAITING, epoch=None)
    )


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
    return _owned().values(
        state=bindparam("new_state"),
        epoch=None,
        failures=schema.inbox.c.failures + bindparam("failed"),
        finished_at=bindparam("now"),
    )
