"""The desk of the forms: what is opened, asked for, sent, all in one place."""

from __future__ import annotations

import time

from botcore.access.gate import Gate
from botcore.adapter import Accepted
from botcore.chat_sender import TurnOver
from botcore.declarations import Action, Command
from botcore.delivery import Delivery
from botcore.domain import ConversationKey, InboundEvent, Lane, Pressed, Submitted
from botcore.errors import FormRefused
from botcore.fast_path import FastPath
from botcore.forms.checking import Checks, read_all
from botcore.forms.dialogue import GONE, NOT_YOURS, REOPEN
from botcore.forms.dialogues import Dialogues
from botcore.forms.form import Form
from botcore.forms.opening import Opening
from botcore.fronts import Fronts
from botcore.router import Router
from botcore.store import Store
from botcore.store.buttons import PlacedButton
from botcore.store.form_store import FormStore
from botcore.store.intake import Received
from botcore.telemetry import Telemetry
from botcore.turns import Turns


class Forms:
    """Opens forms, asks where the platform has none, and commits what was filled in."""

    def __init__(
        self,
        *,
        store: Store,
        epoch: int,
        router: Router,
        turns: Turns,
        delivery: Delivery,
        gate: Gate,
        fronts: Fronts,
        fast_path: FastPath,
        telemetry: Telemetry,
    ) -> None:
        self._forms = FormStore(store.database)
        self._router = router
        self._turns = turns
        self._delivery = delivery
        self._gate = gate
        self._telemetry = telemetry
        self._checks = Checks(router, fast_path)
        self._dialogues = Dialogues(
            store=store, epoch=epoch, router=router, delivery=delivery, checks=self._checks
        )
        self._opening = Opening(
            store=store,
            epoch=epoch,
            router=router,
            delivery=delivery,
            fronts=fronts,
            fast_path=fast_path,
            dialogues=self._dialogues,
        )

    async def close(self) -> None:
        """Let what is being opened come to its end."""
        await self._opening.close()

    async def load(self) -> None:
        """Go on with what was open when the bot ended, or a chat moved."""
        await self._dialogues.load()

    async def take(self, event: InboundEvent) -> Received | None:
        """Commit a message that answers a field, or a command that opens a form. None: it does neither."""
        if self._dialogues.may_be_answer(event) and (taken := await self._dialogues.take(event)):
            received, lane = taken
            await self._arrived(received, event.key, lane)
            return received
        command = self._router.opens(event)
        opened = await self._opening.by_command(event, command) if command else None
        if opened and opened.accepted is Accepted.NEW:
            self._delivery.close_turn(TurnOver(opened.turn_id, event.key, event.message_id))
        return opened

    async def open(
        self, pressed: Pressed, button: PlacedButton, target: Action | Command, form: Form
    ) -> None:
        """Open the form of a button."""
        await self._opening.by_button(pressed, button, target, form)

    async def press(self, pressed: Pressed, button: PlacedButton) -> tuple[Accepted, str]:
        """Take a press of a button of our own; return what whoever pressed is told at once."""
        if button.user_id != button.presser_id:
            return Accepted.NOTED, NOT_YOURS
        if button.action == REOPEN:
            opened = await self._opening.again(pressed, button.data)
            return Accepted.NOTED, "" if opened else GONE
        received, lane, notice = await self._dialogues.take_press(pressed, button)
        await self._arrived(received, pressed.key, lane)
        return received.accepted, notice

    async def submitted(self, event: Submitted) -> Accepted:
        """Commit a form that was sent; raise `FormRefused` with what stands beside its fields."""
        begun = time.time_ns()
        admission = await self._gate.admit(event.key, event.author, direct=event.direct)
        if admission.denied:
            self._telemetry.denied(event.key.platform, admission.denied)
            return Accepted.DENIED
        form = await self._forms.find(event.form_id)
        if form is None:
            if await self._forms.was_sent(event.form_id, event.key):
                return Accepted.DUPLICATE
            raise FormRefused({"": GONE})
        if form.author.id != event.author.id or form.key.tenant != event.key.tenant or not admission.may_talk:
            raise FormRefused({"": GONE})  # nobody is told that there is such a form
        answers = read_all(form.form, event.values)
        await self._checks.check(form, answers)
        lane = self._checks.target(form).lane
        received = await self._forms.send(form, answers, lane)
        self._telemetry.received(form.key.platform, received, lane, begun)
        await self._arrived(received, form.key, lane)
        return received.accepted

    async def _arrived(self, received: Received, key: ConversationKey, lane: Lane | None) -> None:
        """Let what is to be done now wait for its turn, if anything is."""
        if lane is not None and received.accepted is Accepted.NEW:
            await self._turns.arrived(received, key, lane, is_command=True)
