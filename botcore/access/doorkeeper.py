"""Who stands at the door: each event passes here before anything else looks at it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from botcore.access.desk import AccessDesk
from botcore.access.errands import errand_of
from botcore.access.gate import Admission, Gate, Reason
from botcore.domain import InboundEvent

SKEW = timedelta(minutes=5)  # between the platform's clock and ours, at most


class Doorkeeper:
    """Lets each event through the gate, or turns it away."""

    def __init__(self, gate: Gate, desk: AccessDesk) -> None:
        self._gate = gate
        self._desk = desk

    async def admit(self, event: InboundEvent) -> Admission:
        """Decide about an event, before anything of it is stored."""
        if event.direct and await self._is_owners_code(event):
            return Admission(Reason.CODE)
        admission = await self._gate.admit(
            event.key, event.author, direct=event.direct, errand=errand_of(event)
        )
        if admission.denied:
            await self._desk.turn_away(event, admission.denied, admission.role)
        elif _may_be_repeated(event, admission) and await self._desk.store.was_denied(
            event.key, event.dedupe_key
        ):
            return Admission(Reason.REPEATED)
        elif admission.misplaced:
            await self._desk.place(event.key, direct=event.direct)
        elif admission.untold:
            # Who begins a thread is answered in it, but all in the room should know.
            begins = event.message_id == event.key.thread
            await self._desk.tell_of_ledger(replace(event.key, thread="") if begins else event.key)
        return admission

    async def _is_owners_code(self, event: InboundEvent) -> bool:
        if self._gate.is_trusted(event.key) or not await self._gate.waits_for_owner():
            return False
        return await self._desk.welcome_owner(event)


def _may_be_repeated(event: InboundEvent, admission: Admission) -> bool:
    """Whether an event is so old that its first delivery may have been denied."""
    return admission.since is not None and event.sent_at < admission.since + SKEW
