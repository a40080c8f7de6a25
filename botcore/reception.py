"""What becomes of an event that an adapter brings in."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextvars import Context
from dataclasses import replace

import structlog

from botcore.access.access import Access
from botcore.adapter import Accepted, ReadsFiles
from botcore.domain import ChatMoved, Edited, Event, InboundEvent, Lane, Pressed, Submitted, valid
from botcore.forms.desk import Forms
from botcore.fronts import Fronts
from botcore.presses import Presses
from botcore.router import Router
from botcore.store import Store
from botcore.store.notices import Notice
from botcore.telemetry import Telemetry
from botcore.turns import Turns

log = structlog.get_logger(__name__)


class Reception:
    """Lets in or denies, commits, and rings for who answers."""

    def __init__(
        self,
        *,
        store: Store,
        router: Router,
        turns: Turns,
        access: Access,
        fronts: Fronts,
        presses: Presses,
        forms: Forms,
        telemetry: Telemetry,
        say: Callable[[Notice], None],
        changed: Callable[[], Awaitable[None]],
    ) -> None:
        """`say`: sends what nobody asked for; `changed`: called when what was said has changed."""
        self._store = store
        self._router = router
        self._turns = turns
        self._access = access
        self._fronts = fronts
        self._presses = presses
        self._forms = forms
        self._telemetry = telemetry
        self._say = say
        self._changed = changed
        self._beside: set[asyncio.Task[None]] = set()

    async def receive(self, event: Event) -> Accepted:
        """Commit an event; if it is a message or a press, ring."""
        if isinstance(event, InboundEvent):
            return await self._receive_message(event)
        if isinstance(event, Pressed):
            return await self._presses.receive(event)
        if isinstance(event, Submitted):
            return await self._forms.submitted(event)
        if isinstance(event, Edited) and not await self._may_be_kept(event):
            return self._telemetry.followed(event, Accepted.DENIED)
        accepted = await self._store.follow(event)
        if isinstance(event, ChatMoved):
            self._access.gate.forget()  # what it knows of the chat's old place
            await self._forms.load()
        elif accepted is Accepted.NOTED:
            await self._changed()
        return self._telemetry.followed(event, accepted)

    async def _may_be_kept(self, edited: Edited) -> bool:
        """Tell whether a message that reads like this now would be let in today."""
        written = await self._store.written_by(edited.key, edited.message_id)
        if written is None:
            return True  # nothing is known of it, so nothing becomes of this
        author, direct = written
        return not (await self._access.gate.admit(edited.key, author, direct=direct)).denied

    async def _receive_message(self, event: InboundEvent) -> Accepted:
        """Commit a message and ring, if its author may come in.

        A bot is never answered, lest two talk to each other for ever.
        """
        begun = time.time_ns()
        event = replace(event, text=valid(event.text))
        if event.follow_up and not event.addressed:
            event = replace(event, addressed=await self._store.began_with_bot(event.key))
        admission = await self._access.door.admit(event)
        if admission.denied:
            self._telemetry.denied(event.key.platform, admission.denied)
            return Accepted.DENIED
        answer = event.addressed and admission.may_talk
        if answer:
            event = await self._with_files(event)
        lane, is_command = self._router.lane(event), self._router.is_command(event.text)
        if event.unreadable and answer:
            return await self._explain(event, begun)
        if answer and (taken := await self._forms.take(event)):
            self._telemetry.received(event.key.platform, taken, Lane.CONTROL, begun)
            return taken.accepted
        received = await self._store.receive(event, lane, is_command=is_command, answer=answer)
        self._telemetry.received(event.key.platform, received, lane, begun)
        if received.accepted is Accepted.NEW:
            await self._turns.arrived(received, event.key, lane, is_command=is_command)
            if event.key.thread not in ("", event.message_id):
                self.begin(self._access.past.join(event.key))
        return received.accepted

    async def _with_files(self, event: InboundEvent) -> InboundEvent:
        """Have files fetched only for who is answered: others in the chat would wait for that."""
        adapter = self._fronts.find(event.key)
        if not isinstance(adapter, ReadsFiles):
            return event
        event = await adapter.read_files(event)
        return replace(event, text=valid(event.text))

    async def _explain(self, event: InboundEvent, begun: int) -> Accepted:
        """Remember what nobody can read, and tell its author why."""
        received, notice = await self._store.receive_unreadable(event)
        self._telemetry.received(event.key.platform, received, Lane.TURN, begun)
        if notice:
            self._say(notice)
        return received.accepted

    def begin(self, work: Coroutine[object, object, None]) -> None:
        """Do something beside everything else: nothing waits for it, and nothing is lost without it."""
        # In a context of its own: it belongs to no turn.
        task = asyncio.create_task(_forgivingly(work), context=Context())
        self._beside.add(task)
        task.add_done_callback(self._beside.discard)

    async def close(self) -> None:
        """End what goes on beside everything else."""
        await self._forms.close()
        for task in (working := list(self._beside)):
            task.cancel()
        await asyncio.gather(*working, return_exceptions=True)


async def _forgivingly(work: Coroutine[object, object, None]) -> None:
    try:
        await work
    except Exception as error:
        log.warning("work_beside_failed", error=type(error).__name__, exc_info=True)
