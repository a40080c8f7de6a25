"""A button was pressed: what whoever pressed is told at once, and what goes into the inbox."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

import structlog

from botcore.access.errands import Errand
from botcore.access.gate import Gate
from botcore.adapter import Accepted, AnswersPresses
from botcore.chat_sender import TurnOver
from botcore.declarations import Action
from botcore.delivery import Delivery
from botcore.domain import Pressed
from botcore.errors import UserError
from botcore.fast_path import FastPath
from botcore.forms.desk import Forms
from botcore.forms.dialogue import CHOOSE, NOT_YOURS, REOPEN
from botcore.forms.form import Form
from botcore.fronts import Fronts
from botcore.providing import Moment
from botcore.router import BUILTIN, GONE, Router
from botcore.store import PlacedButton, Store
from botcore.telemetry import Telemetry
from botcore.turns import Turns

log = structlog.get_logger(__name__)

ANSWER_SECONDS = 5.0  # for the platform to take what is said at once

ALREADY = "This was pressed already."
NOT_TAKEN = "I could not take that just now. Please press it again in a moment."


class Presses:
    """Answers presses on the fast path, and commits what is to be done."""

    def __init__(
        self,
        *,
        store: Store,
        router: Router,
        turns: Turns,
        delivery: Delivery,
        gate: Gate,
        fronts: Fronts,
        fast_path: FastPath,
        forms: Forms,
        telemetry: Telemetry,
    ) -> None:
        self._store = store
        self._router = router
        self._turns = turns
        self._delivery = delivery
        self._gate = gate
        self._fronts = fronts
        self._fast_path = fast_path
        self._forms = forms
        self._telemetry = telemetry
        self._telling: set[asyncio.Task[None]] = set()

    async def receive(self, pressed: Pressed) -> Accepted:
        """Commit a press; raise when that failed. Whoever pressed is told either way."""
        begun, notice = time.time_ns(), NOT_TAKEN
        try:
            accepted, notice = await self._decide(pressed, begun)
        finally:
            # Beside what comes next: others' messages do not wait until a platform has heard it.
            telling = asyncio.create_task(self._tell(pressed, notice))
            self._telling.add(telling)
            telling.add_done_callback(self._telling.discard)
        return accepted

    async def _decide(self, pressed: Pressed, begun: int) -> tuple[Accepted, str]:
        # A button in the direct chat of a group's member stands below what they fetched there.
        admission = await self._gate.admit(
            pressed.key, pressed.author, direct=pressed.direct, errand=Errand.FETCH
        )
        if admission.denied:
            self._telemetry.denied(pressed.key.platform, admission.denied)
            return Accepted.DENIED, ""
        if not admission.may_talk:
            return Accepted.NOTED, ""
        button = await self._store.find_button(pressed)
        if button:
            pressed = replace(pressed, key=replace(pressed.key, thread=button.thread))
        if button and button.plugin == BUILTIN and button.action in (CHOOSE, REOPEN):
            return await self._forms.press(pressed, button)
        action = self._router.action(button.plugin, button.action) if button else None
        if button is None or action is None:
            return Accepted.NOTED, GONE
        if button.user_id not in (None, button.presser_id):
            return Accepted.NOTED, NOT_YOURS
        if button.was_pressed:
            return Accepted.DUPLICATE, ALREADY
        moment = Moment(pressed.author, button.scope, pressed)
        try:
            opened = await self._fast_path.ask(
                button.plugin, lambda: self._router.open(action, button.data, moment)
            )
            if isinstance(opened, Form):
                await self._forms.open(pressed, button, action, opened)
                return Accepted.NOTED, ""
        except UserError as error:
            return Accepted.NOTED, self._delivery.spelling(pressed.key)(str(error))
        return await self._commit(pressed, button, action, begun), opened

    async def _commit(self, pressed: Pressed, button: PlacedButton, action: Action, begun: int) -> Accepted:
        received = await self._store.press(pressed, button, action.lane)
        self._telemetry.received(pressed.key.platform, received, action.lane, begun)
        if received.accepted is Accepted.NEW:
            self._delivery.close_turn(TurnOver(button.turn_id, pressed.key, ""))  # without this button now
            await self._turns.arrived(received, pressed.key, action.lane, is_command=True)
        return received.accepted

    async def _tell(self, pressed: Pressed, notice: str) -> None:
        adapter = self._fronts.find(pressed.key)
        if not isinstance(adapter, AnswersPresses):
            return
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await adapter.answer_press(pressed, notice)
        except Exception as error:  # the press itself is not lost by that
            log.warning("press_not_answered", platform=adapter.name, error=type(error).__name__)
