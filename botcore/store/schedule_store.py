"""The store of schedules: one method per transaction."""

from __future__ import annotations

from datetime import datetime

from botcore.domain import Lane
from botcore.schedules.schedules import Schedule
from botcore.store import schedules
from botcore.store.audit import Actor
from botcore.store.calls import Call
from botcore.store.database import Database
from botcore.store.intake import Received
from botcore.store.schedules import DueSchedule
from botcore.store.scope import Scope


class ScheduleStore:
    """What is planned. Each method is one transaction, committed when it returns."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_conversation(self, scope: Scope) -> list[Schedule]:
        """Return what is planned in a conversation, the next first."""
        return await self._database.read(lambda connection: schedules.of_conversation(connection, scope))

    async def next_due(self, after: datetime) -> datetime | None:
        """Return when something is due next, after a moment."""
        return await self._database.read(lambda connection: schedules.next_due(connection, after))

    async def due(self, now: datetime, most: int, last: Schedule | None = None) -> list[DueSchedule]:
        """Return what is due, the oldest first; only what comes behind the last one that is known."""
        return await self._database.read(lambda connection: schedules.due(connection, now, most, last))

    async def repeating(self, now: datetime) -> list[DueSchedule]:
        """Return what is done time and again and is not due yet."""
        return await self._database.read(lambda connection: schedules.repeating(connection, now))

    async def run(self, one: DueSchedule, lane: Lane, next_at: datetime | None) -> Received:
        """Put a run into the inbox, once for each time that it is due, and note when the next is."""
        return await self._database.write(lambda connection: schedules.run(connection, one, lane, next_at))

    async def put_off(self, one: DueSchedule, next_at: datetime | None) -> None:
        """Note when it is due next, without a run; None: never."""
        await self._database.write(lambda connection: schedules.put_off(connection, one, next_at))

    async def drop(self, one: DueSchedule, call: Call, lane: Lane) -> Received:
        """Plan something no more that was not done, and put a call into the inbox that tells of it."""
        return await self._database.write(lambda connection: schedules.drop(connection, one, call, lane))

    async def remove(self, schedule_id: str, scope: Scope) -> bool:
        """Plan that no more in a conversation. False when it is not planned there."""
        return await self._database.write(lambda connection: schedules.remove(connection, schedule_id, scope))

    async def mute(self, scope: Scope, actor: Actor, *, muted: bool) -> None:
        """Say nothing any more in a chat that nobody has asked for, or do so again."""
        await self._database.write(lambda connection: schedules.mute(connection, scope, actor, muted=muted))

    async def is_muted(self, scope: Scope) -> bool:
        """Tell whether nothing unasked is said in a chat."""
        return await self._database.read(lambda connection: schedules.is_muted(connection, scope))
