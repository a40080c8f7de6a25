"""How full the queues are, and whether the database takes writes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, func, or_, select, update

from botcore.store import schema
from botcore.store.inbox import InboxState
from botcore.store.outbox import OutboxState

# What is done with grows for ever and is not counted here, as a part that was taken back, which has no text;
# turns and deliveries are counters.
OPEN = (InboxState.WAITING, InboxState.RUNNING, InboxState.DEAD)
UNDELIVERED = tuple(state for state in OutboxState if state is not OutboxState.DELIVERED)


@dataclass(frozen=True, slots=True)
class Figures:
    """A look at the queues."""

    inbox: Mapping[tuple[str, str], int]  # by lane and state
    outbox: Mapping[str, int]  # by state
    oldest_waiting: float  # seconds since it was received; 0 when nothing waits


def read_figures(connection: Connection) -> Figures:
    """Count what is in the queues."""
    inbox, outbox = schema.inbox.c, schema.outbox.c
    by_lane = (
        select(inbox.lane, inbox.state, func.count())
        .where(inbox.state.in_(OPEN))
        .group_by(inbox.lane, inbox.state)
    )
    by_state = (
        select(outbox.state, func.count().label("rows"))
        .where(outbox.state.in_(UNDELIVERED), or_(outbox.state != OutboxState.DEAD, outbox.text != ""))
        .group_by(outbox.state)
    )
    return Figures(
        inbox={(lane, state): count for lane, state, count in connection.execute(by_lane)},
        outbox={row.state: row.rows for row in connection.execute(by_state)},
        oldest_waiting=_oldest_waiting(connection),
    )


def _oldest_waiting(connection: Connection) -> float:
    # The first id is the oldest, or as good as: the index that orders by it is there already.
    oldest: datetime | None = connection.scalar(
        select(schema.inbox.c.received_at)
        .where(schema.inbox.c.state == InboxState.WAITING)
        .order_by(schema.inbox.c.id)
        .limit(1)
    )
    return (datetime.now(UTC) - oldest).total_seconds() if oldest else 0.0


def write_nothing_new(connection: Connection) -> None:
    """Write something that changes nothing: it fails when the database takes no writes."""
    connection.execute(update(schema.owner).values(epoch=schema.owner.c.epoch))
