"""Does what is due: at its time, once, and after a downtime late or not at all."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from botcore.access.gate import Gate
from botcore.access.membership import Memberships
from botcore.adapter import Accepted
from botcore.errors import InputError
from botcore.injection import Capability
from botcore.providing import utc_now
from botcore.router import Router
from botcore.schedules.times import SHORTEST, next_time
from botcore.store.schedule_store import ScheduleStore
from botcore.store.schedules import DueSchedule
from botcore.turns import Turns

log = structlog.get_logger(__name__)

AT_ONCE = 100  # runs that are looked at together
LOOK_SECONDS = 5.0  # between two looks, at most: something may have been planned
LEAST_SECONDS = 1.0  # and at least, whatever is due
SET_BACK = timedelta(minutes=1)  # a clock that goes back by more was set


class ScheduleRunner:
    """Belongs to the one process that owns the database."""

    def __init__(
        self,
        *,
        store: ScheduleStore,
        router: Router,
        turns: Turns,
        gate: Gate,
        memberships: Memberships,
        now: Callable[[], datetime] = utc_now,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`now` is the clock on the wall, `clock` one that nobody sets."""
        self._store = store
        self._router = router
        self._turns = turns
        self._gate = gate
        self._memberships = memberships
        self._now = now
        self._clock = clock
        self._set_at = self._drift()

    async def run(self) -> None:
        """Do what is due until cancelled."""
        is_planned_anew = False  # what was planned when the clock was ahead
        while True:
            wait = LOOK_SECONDS
            try:
                if not is_planned_anew:
                    await self._plan_anew()
                    is_planned_anew = True
                await self.look()
                if due := await self._store.next_due():
                    wait = min(wait, max(LEAST_SECONDS, (due - self._now()).total_seconds()))
            except Exception as error:  # a database that is down, or whose lock was lost for a moment
                log.error("schedules_failed", error=type(error).__name__)
            await asyncio.sleep(wait)

    async def look(self) -> int:
        """Do what is due by now; return how many runs have begun."""
        drift = self._drift()
        if drift < self._set_at - SET_BACK:
            await self._plan_anew()
        self._set_at = drift
        begun = 0
        while due := await self._store.due(self._now(), AT_ONCE):
            for one in due:
                begun += await self._do(one)
            if len(due) < AT_ONCE:
                break
        return begun

    async def next_due(self) -> datetime | None:
        """Return when something is due next."""
        return await self._store.next_due()

    def _drift(self) -> timedelta:
        """Return how the clock on the wall stands to the other: that changes when somebody sets it."""
        return timedelta(seconds=self._now().timestamp() - self._clock())

    async def _plan_anew(self) -> None:
        """Plan what repeats by the clock as it is: it may have been ahead when that was planned."""
        for one in await self._store.repeating(self._now()):
            next_at = self._next(one)
            if next_at is not None and next_at < one.schedule.due_at:
                await self._store.put_off(one, next_at)

    async def _do(self, one: DueSchedule) -> bool:
        """Begin a run, unless it is too late or may not be; either way plan the next, after now."""
        next_at = self._next(one)
        target = self._router.target(one.schedule.plugin, one.schedule.action)
        late = self._now() - one.schedule.due_at
        why = ""
        if target is None:
            why = "gone"  # its plugin may come back
        elif late > max(one.schedule.late, SHORTEST):
            why = "late"
        elif not await self._may(one):
            why = "not allowed"
        if why or target is None:
            log.info("run_left_out", schedule=one.schedule.id, plugin=one.schedule.plugin, why=why)
            await self._store.put_off(one, next_at)
            return False
        received = await self._store.run(one, target.lane, next_at)
        if received.accepted is Accepted.NEW:
            await self._turns.arrived(received, one.key, target.lane, is_command=True)
        return received.accepted is Accepted.NEW

    def _next(self, one: DueSchedule) -> datetime | None:
        schedule = one.schedule
        if not schedule.cron:
            return None
        try:
            return next_time(schedule.cron, schedule.zone, self._now())
        except InputError:  # a time zone that this machine knows no more
            return next_time(schedule.cron, "", self._now())

    async def _may(self, one: DueSchedule) -> bool:
        """Tell whether whoever planned it may still talk there, and the chat wants to hear it."""
        plugin = self._router.plugins[one.schedule.plugin]
        if one.muted and Capability.SEND_UNASKED in plugin.capabilities:
            return False
        admission = await self._gate.admit(one.key, one.author, direct=one.direct)
        if admission.denied or not admission.may_talk:
            return False
        if one.direct or self._gate.is_trusted(one.key):
            return True
        return await self._memberships.is_member(one.key, one.author.id)
