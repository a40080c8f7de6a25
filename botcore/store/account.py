"""What belongs to one person: how much they have asked for, and what they chose."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, or_, select, update

from botcore.domain import Lane, Usage
from botcore.store import schema
from botcore.store.database import Database
from botcore.store.inbox import InboxState


@dataclass(frozen=True, slots=True)
class Asked:
    """A message that was taken on to be answered."""

    turn_id: str
    at: datetime


class AccountStore:
    """Each method is one transaction, committed when it returns."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def asked_since(self, user_id: int, since: datetime) -> list[Asked]:
        """Return what somebody has asked since then and is over; control commands don't count."""
        return await self._database.read(lambda connection: _asked_since(connection, user_id, since))

    async def used_since(self, user_id: int, since: datetime) -> Usage:
        """Return what the model has done for somebody since then."""
        return await self._database.read(lambda connection: _used_since(connection, user_id, since))

    async def choose(self, user_id: int, *, language: str | None = None, timezone: str | None = None) -> None:
        """Keep somebody's language or time zone; an empty one is forgotten."""
        chosen = {"language": language, "timezone": timezone}
        values = {name: value or None for name, value in chosen.items() if value is not None}
        row = update(schema.user).where(schema.user.c.id == user_id)
        await self._database.write(lambda connection: connection.execute(row.values(values)))


def _asked_since(connection: Connection, user_id: int, since: datetime) -> list[Asked]:
    inbox = schema.inbox.c
    rows = connection.execute(
        select(inbox.turn_id, inbox.received_at)
        .where(
            inbox.user_id == user_id,
            or_(inbox.lane == Lane.TURN, inbox.lane == Lane.JOB),
            inbox.state.in_([InboxState.DONE, InboxState.DEAD, InboxState.MERGED]),
            inbox.received_at >= since,
        )
        .order_by(inbox.id)
    )
    return [Asked(row.turn_id, row.received_at) for row in rows]


def _used_since(connection: Connection, user_id: int, since: datetime) -> Usage:
    usage = schema.usage.c
    row = connection.execute(
        select(
            func.coalesce(func.sum(usage.prompt_tokens), 0).label("prompt_tokens"),
            func.coalesce(func.sum(usage.answer_tokens), 0).label("answer_tokens"),
            func.coalesce(func.sum(usage.seconds), 0.0).label("seconds"),
        ).where(usage.user_id == user_id, usage.at >= since)
    ).one()
    return Usage(int(row.prompt_tokens), int(row.answer_tokens), float(row.seconds))
