"""Does what is due: at its time, once, and after a downtime late or not at all."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog

from botcore.access.gate import Gate
from botcore.access.membership import Memberships
from botcore.adapter import Accepted
from botcore.declarations import Action, Command
from botcore.domain import Lane
from botcore.errors import InputError
from botcore.injection import Capability
from botcore.providing import utc_now
from botcore.router import Router
from botcore.schedules.command import left_out_call
from botcore.schedules.times import SHORTEST, next_time
from botcore.store.schedule_store import ScheduleStore
from botcore.store.schedules import DueSchedule
from botcore.turns import Turns

log = structlog.get_logger(__name__)

AT_ONCE = 100  # runs that are looked at together
ASKED_BESIDE = 10  # questions to platforms at a time: each may take as long as `Memberships` waits
LOOK_SECONDS = 5.0  # between two looks, at most: something may have been planned
LEAST_SECONDS = 1.0  # and at least, whatever is due
AGAIN_SECONDS = 60.0  # until what nobody could tell whether it may be is looked at again
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
        self._again_at: dict[str, float] = {}  # schedules that are due and wait for somebody who can tell
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
                now = self._now()
                await self.look()
                if due := await self._store.next_due(now):
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
        self._again_at = {one: at for one, at in self._again_at.items() if at > self._clock()}
        now, begun, last = self._now(), 0, None
        while due := await self._store.due(now, AT_ONCE, last):
            may = await self._ask(due)
            for one in due:
                its_id = one.schedule.id
                begun += its_id not in self._again_at and await self._do(one, may.get(its_id))
            if len(due) < AT_ONCE:
                break
            last = due[-1].schedule
        return begun

    async def next_due(self) -> datetime | None:
        """Return when something is due next."""
        return await self._store.next_due(self._now())

    def _drift(self) -> timedelta:
        """Return how the clock on the wall stands to the other: that changes when somebody sets it."""
        return timedelta(seconds=self._now().timestamp() - self._clock())

    async def _plan_anew(self) -> None:
        """Plan what repeats by the clock as it is: it may have been ahead when that was planned."""
        for one in await self._store.repeating(self._now()):
            next_at = self._next(one)
            if next_at is not None and next_at < one.schedule.due_at:
                await self._store.put_off(one, next_at)

    async def _ask(self, due: Sequence[DueSchedule]) -> dict[str, bool | None]:
        """Return which of these may be, by their ids: platforms are asked beside each other."""
        room = asyncio.Semaphore(ASKED_BESIDE)
        asked = [
            one
            for one in due
            if self._target(one) and not self._is_late(one) and one.schedule.id not in self._again_at
        ]

        async def ask(one: DueSchedule) -> bool | None:
            async with room:
                return await self._may(one)

        told = await asyncio.gather(*(ask(one) for one in asked))
        return {one.schedule.id: may for one, may in zip(asked, told, strict=True)}

    async def _do(self, one: DueSchedule, may: bool | None) -> bool:
        """Begin a run, unless it is too late or may not be; either way plan the next, after now.

        While nobody can tell whether it may be, it stays due: a platform answers again, a plugin comes back.
        """
        if self._is_late(one):
            return await self._leave_out(one, "late")
        target = self._target(one)
        if target is None or may is None:
            self._again_at[one.schedule.id] = self._clock() + AGAIN_SECONDS
            return False
        if not may:
            return await self._leave_out(one, "not allowed")
        received = await self._store.run(one, target.lane, self._next(one))
        if received.accepted is Accepted.NEW:
            await self._turns.arrived(received, one.key, target.lane, is_command=True)
        return received.accepted is Accepted.NEW

    def _is_late(self, one: DueSchedule) -> bool:
        return self._now() - one.schedule.due_at > max(one.schedule.late, SHORTEST)

    def _target(self, one: DueSchedule) -> Action | Command | None:
        return self._router.target(one.schedule.plugin, one.schedule.action)

    async def _leave_out(self, one: DueSchedule, why: str) -> bool:
        """Begin no run. What was to be done once is not done any more; those who waited for it are told."""
        log.info("run_left_out", schedule=one.schedule.id, plugin=one.schedule.plugin, why=why)
        if one.schedule.cron or why != "late" or one.muted or not await self._may_talk(one):
            await self._store.put_off(one, self._next(one))
            return False
        told = await self._store.drop(one, left_out_call(one), Lane.CONTROL)
        if told.accepted is Accepted.NEW:
            await self._turns.arrived(told, one.key, Lane.CONTROL, is_command=True)
        return False

    def _next(self, one: DueSchedule) -> datetime | None:
        schedule = one.schedule
        if not schedule.cron:
            return None
        try:
            return next_time(schedule.cron, schedule.zone, self._now())
        except InputError:  # a time zone that this machine knows no more
            return next_time(schedule.cron, "", self._now())

    async def _may(self, one: DueSchedule) -> bool | None:
        """Tell whether whoever planned it may still talk there, and the chat wants to hear it.

        None: nobody can tell just now.
        """
        plugin = self._router.plugins[one.schedule.plugin]
        if one.muted and Capability.SEND_UNASKED in plugin.capabilities:
            return False
        if not await self._may_talk(one):
            return False
        if one.direct or self._gate.is_trusted(one.key):
            return True
        return await self._memberships.find(one.key, one.author.id)

    async def _may_talk(self, one: DueSchedule) -> bool:
        admission = await self._gate.admit(one.key, one.author, direct=one.direct)
        return not admission.denied and admission.may_talk
