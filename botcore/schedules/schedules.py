"""Schedules as a plugin sees them: what is done in a conversation at a certain time."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from botcore.errors import InputError, PluginError
from botcore.schedules.times import clock_of, next_time

if TYPE_CHECKING:
    from botcore.store import Scope
    from botcore.store.schedule_store import ScheduleStore

MOST = 50  # in one conversation
LONGEST_TITLE, LONGEST_DATA = 100, 4000  # characters
AN_HOUR, A_DAY = timedelta(hours=1), timedelta(days=1)


def offer_id(conversation_id: int, plugin: str, action: str) -> str:
    """Return the id under which what a plugin offers is planned in a conversation: once, whoever wants it."""
    return sha256(f"{conversation_id} {plugin} {action}".encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Schedule:
    """Something that is done at a certain time, or time and again."""

    id: str
    plugin: str
    action: str  # of that plugin
    data: str  # the action's arguments, as people would type them
    title: str  # for people
    cron: str  # empty: it is done once
    zone: str  # whose clock the expression means; empty: UTC
    late: timedelta  # how late it may still be done
    due_at: datetime  # when it is done next
    user_id: int  # for whom


class Schedules:
    """What a plugin's handler plans in its conversation; the changes take effect with the turn."""

    def __init__(
        self,
        store: ScheduleStore,
        scope: Scope,
        plugin: str,
        *,
        user_id: int,
        zone: str,
        actions: Collection[str],
        now: datetime,
    ) -> None:
        """`zone`: of the user's clock. `actions`: what the plugin can do."""
        self._store = store
        self._scope = scope
        self._plugin = plugin
        self._user_id = user_id
        self._zone = zone
        self._actions = actions
        self._now = now
        self.added: list[Schedule] = []
        self.removed: list[str] = []

    async def every(
        self,
        cron: str,
        action: str,
        data: str = "",
        *,
        title: str = "",
        zone: str = "",
        late: timedelta = AN_HOUR,
    ) -> Schedule:
        """Call an action time and again: at 9 on workdays is ``0 9 * * 1-5``.

        `zone`: whose clock is meant; empty: the user's, who may have chosen none, and then it is UTC. `late`:
        how late it may still be done, and then once, when the bot was down. Raise `InputError` for a time
        that never comes.
        """
        zone = zone or self._zone
        return await self._add(action, data, title, cron, zone, late, next_time(cron, zone, self._now))

    async def at(
        self, when: datetime, action: str, data: str = "", *, title: str = "", late: timedelta = A_DAY
    ) -> Schedule:
        """Call an action once. A time without a zone is on the user's clock."""
        when = when if when.tzinfo else when.replace(tzinfo=clock_of(self._zone))
        if when <= self._now:
            raise InputError("That time is over. Please give one that is still to come.")
        return await self._add(action, data, title, "", self._zone, late, when.astimezone(UTC))

    async def planned(self) -> list[Schedule]:
        """Return what this plugin has planned here, as this turn leaves it; the next first."""
        return [one for one in await self._all() if one.plugin == self._plugin]

    def remove(self, schedule_id: str) -> None:
        """Do that no more."""
        self.added = [one for one in self.added if one.id != schedule_id]
        self.removed.append(schedule_id)

    async def _add(
        self, action: str, data: str, title: str, cron: str, zone: str, late: timedelta, due_at: datetime
    ) -> Schedule:
        if action not in self._actions:
            raise PluginError(f"The plugin {self._plugin} has no action {action!r} to schedule.")
        if len(data) > LONGEST_DATA:
            raise PluginError(f"A schedule's data has {LONGEST_DATA} characters at most.")
        if len(await self._all()) >= MOST:
            raise InputError(f"There are {MOST} schedules here already. /schedules shows and removes them.")
        schedule = Schedule(
            id=secrets.token_hex(4),
            plugin=self._plugin,
            action=action,
            data=data,
            title=(title or action)[:LONGEST_TITLE],
            cron=cron,
            zone=zone,
            late=late,
            due_at=due_at,
            user_id=self._user_id,
        )
        self.added.append(schedule)
        return schedule

    async def _all(self) -> list[Schedule]:
        kept = await self._store.of_conversation(self._scope)
        left = [one for one in kept if one.id not in self.removed]
        return sorted([*left, *self.added], key=lambda one: one.due_at)
