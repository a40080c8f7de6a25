"""The dialogues that go on just now: who is asked for which field, and what follows from an answer."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime

from botcore.access.times import at_their_place
from botcore.adapter import Accepted
from botcore.chat_sender import TurnOver
from botcore.delivery import Delivery
from botcore.domain import Author, ConversationKey, InboundEvent, Lane, Pressed
from botcore.errors import FormRefused
from botcore.forms.checking import Checks
from botcore.forms.dialogue import CANCELLED, GONE, Asked, Said, answered, keys, question, read_key
from botcore.router import BUILTIN, Router
from botcore.store import Store
from botcore.store.buttons import PlacedButton, PluginButton
from botcore.store.form_store import Asking, FormStore, Going
from botcore.store.forms import KeptForm
from botcore.store.intake import Received

MOST = 10_000  # dialogues that go on

Place = tuple[ConversationKey, str]  # where, and the platform's id of who is asked


@dataclass(slots=True, eq=False)
class Dialogue:
    """Somebody is asked, field by field."""

    form_id: str
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)  # one answer after the other


class Dialogues:
    """Takes answers. What was answered is in the database; who is asked is known here too."""

    def __init__(
        self, *, store: Store, epoch: int, router: Router, delivery: Delivery, checks: Checks
    ) -> None:
        self._forms = FormStore(store.database)
        self._epoch = epoch
        self._router = router
        self._delivery = delivery
        self._checks = checks
        self._going_on: dict[Place, Dialogue] = {}

    async def load(self) -> None:
        """Go on with the dialogues that the database knows."""
        kept = await self._forms.dialogues()
        self._going_on = {(form.key, form.author.id): Dialogue(form.id) for form in kept}

    def begin(self, key: ConversationKey, author: Author, form_id: str) -> None:
        """Note that somebody is asked."""
        self._going_on.pop((key, author.id), None)
        self._going_on[key, author.id] = Dialogue(form_id)
        if len(self._going_on) > MOST:  # whoever was asked first has long gone
            del self._going_on[next(iter(self._going_on))]

    def may_be_answer(self, event: InboundEvent) -> bool:
        """Tell whether a message may be the answer to a field."""
        if (event.key, event.author.id) not in self._going_on:
            return False
        return not self._router.is_command(event.text) or Said.typed(event.text).word is not None

    async def take(self, event: InboundEvent) -> tuple[Received, Lane | None] | None:
        """Take a message as an answer. None when nobody waits for one any more.

        The lane is that of what is done now, if this was the last answer.
        """
        place = (event.key, event.author.id)
        dialogue = self._going_on[place]
        async with dialogue.lock:
            form = await self._forms.find(dialogue.form_id)
            if form is None or form.step is None:
                self._end(place, dialogue)
                return None
            going = await self._after(form, Said.typed(event.text))
            received = await self._forms.go_on(event, self._epoch, form, going)
            if received.accepted is Accepted.NEW:
                self._gone_on(place, dialogue, going, received, event.message_id)
        return received, going.lane if going.call else None

    async def take_press(self, pressed: Pressed, button: PlacedButton) -> tuple[Received, Lane | None, str]:
        """Take a press below a question; the text is what whoever pressed is told at once."""
        form_id, step, said = read_key(button.data)
        place = (pressed.key, pressed.author.id)
        dialogue = self._going_on.get(place) or Dialogue(form_id)
        async with dialogue.lock:
            form = await self._forms.find(form_id)
            if form is None or form.step != step:
                return Received(Accepted.NOTED), None, GONE if form is None else ""
            going = await self._after(form, said)
            if going.is_same_question:
                await self._forms.toggle(form, going)
                self._edit(form)
                return Received(Accepted.NOTED), None, going.error
            received = await self._forms.go_on_below(pressed, button, self._epoch, form, going)
            if received.accepted is Accepted.NEW:
                self._gone_on(place, dialogue, going, received, pressed.message_id)
        return received, going.lane if going.call else None, ""

    def asking(
        self, asked: Asked, form_id: str, key: ConversationKey, author: Author, *, direct: bool
    ) -> Asking:
        """Return the question for a field, as it can be shown there."""
        able = self._delivery.capabilities(key)
        buttons = able is not None and able.buttons
        text = question(
            asked,
            buttons=buttons,
            group_name="" if direct else author.name,
            as_typed=self._delivery.spelling(key),
        )
        below = [PluginButton(BUILTIN, key) for key in keys(asked, form_id)] if buttons else []
        return Asking(text, below)

    async def _after(self, form: KeptForm, said: Said) -> Going:
        """Return how a dialogue goes on when this was said."""
        assert form.step is not None
        today = at_their_place(datetime.now(UTC), form.timezone).date()
        before = Asked(form.form, form.step, form.answers, today=today)
        then = before.after(said)
        if then.given_up:
            return Going(
                form.id,
                form.asked_in,
                self._reads(form, before, then),
                given_up=True,
                asking=Asking(CANCELLED),
            )
        if then.is_done and (wrong := await self._refused(form, then)):
            then = wrong
        if then.is_done:
            reads = self._reads(form, before, then)
            call, lane = form.call(then.answers), self._checks.target(form).lane
            return Going(form.id, form.asked_in, reads, then.answers, call=call, lane=lane)
        asking = self.asking(then, form.id, form.key, form.author, direct=form.direct)
        is_same = said.pressed and then.step == before.step and not then.error
        moved = then.step != before.step
        return Going(
            form.id,
            form.asked_in,
            self._reads(form, before, then) if moved else "",
            then.answers,
            then.step,
            asking,
            error=then.error,
            is_same_question=is_same,
        )

    async def _refused(self, form: KeptForm, then: Asked) -> Asked | None:
        """Return at which field it goes on when the answers can't be used together."""
        try:
            await self._checks.check(form, then.answers)
        except FormRefused as error:
            return then.at_fault(error.errors)
        return None

    def _reads(self, form: KeptForm, before: Asked, then: Asked) -> str:
        """Return how a question reads when it was answered. Without buttons there is nothing to take away."""
        able = self._delivery.capabilities(form.key)
        return answered(before, then) if able is not None and able.buttons else ""

    def _gone_on(
        self, place: Place, dialogue: Dialogue, going: Going, received: Received, message_id: str
    ) -> None:
        if going.is_over:
            self._end(place, dialogue)
        if going.reads:
            self._delivery.close_turn(TurnOver(going.asked_in, place[0], ""))
        if not going.call:
            self._delivery.close_turn(TurnOver(received.turn_id, place[0], message_id))

    def _edit(self, form: KeptForm) -> None:
        self._delivery.close_turn(TurnOver(form.asked_in, form.key, ""))

    def _end(self, place: Place, dialogue: Dialogue) -> None:
        if self._going_on.get(place) is dialogue:
            del self._going_on[place]
