"""The store of open forms: one method per transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import JsonValue
from sqlalchemy import Connection

from botcore.adapter import Accepted
from botcore.domain import ConversationKey, InboundEvent, Lane, Outcome, Pressed
from botcore.store import buttons, closing, forms, intake, schema
from botcore.store.buttons import PlacedButton, PluginButton
from botcore.store.calls import Call, add_call, caller_of
from botcore.store.closing import Closing
from botcore.store.database import Database
from botcore.store.forms import KeptForm, NewForm
from botcore.store.intake import Received
from botcore.store.notices import Notice, add_notice
from botcore.store.scope import Scope

HANDLER = "botcore.form"


@dataclass(frozen=True, slots=True)
class Asking:
    """What the bot says of a form in a chat; without a text nothing."""

    text: str = ""
    buttons: Sequence[PluginButton] = ()
    failed: bool = False  # it says why there is no form

    @property
    def closing(self) -> Closing:
        """How the turn ends that says it."""
        texts = [self.text] if self.text else []
        buttons = {0: self.buttons} if texts and self.buttons else {}
        outcome = Outcome.FAILED if self.failed else Outcome.ANSWERED
        return Closing(texts, handler=HANDLER, outcome=outcome, buttons=buttons)


@dataclass(frozen=True, slots=True)
class Going:
    """How a dialogue goes on."""

    form_id: str
    asked_in: str  # the turn whose answer asked
    reads: str  # how the question reads from now on; empty: it stays
    answers: Mapping[str, JsonValue] = field(default_factory=dict)
    step: int = 0
    asking: Asking = Asking()
    call: Call | None = None  # everything was asked
    lane: Lane = Lane.TURN  # of the call
    given_up: bool = False
    error: str = ""  # what was wrong with the last answer
    is_same_question: bool = False  # which only shows another choice

    @property
    def is_over(self) -> bool:
        return self.given_up or self.call is not None


class FormStore:
    """Forms from their opening to their end. Each method is one transaction, committed when it returns."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, form_id: str) -> KeptForm | None:
        """Return a form that is still open."""
        return await self._database.read(lambda connection: forms.find_form(connection, form_id))

    async def scope_of(self, key: ConversationKey) -> Scope:
        """Return where a conversation is; one that is not known yet has no ids."""
        return await self._database.read(lambda connection: forms.scope_of(connection, key))

    async def dialogues(self) -> list[KeptForm]:
        """Return the forms that the bot asks for, field by field."""
        return await self._database.read(forms.dialogues)

    async def was_sent(self, form_id: str, key: ConversationKey) -> bool:
        """Tell whether a form is gone because it was sent."""
        return await self._database.read(lambda connection: forms.was_sent(connection, form_id, key))

    async def say(self, event: InboundEvent, epoch: int, asking: Asking) -> Received:
        """Commit a command, and what is said at once instead of what it would do."""
        return await self._database.write(lambda connection: _say(connection, event, epoch, asking))

    async def open(self, event: InboundEvent, epoch: int, new: NewForm, asking: Asking) -> Received:
        """Commit a command and open its form; `asking`: for the first field, where the bot asks."""

        def open_(connection: Connection) -> Received:
            received = _say(connection, event, epoch, asking)
            if received.accepted is Accepted.NEW:
                caller = caller_of(connection, received.inbox_id)
                forms.add_form(connection, new, caller, asked_in=received.turn_id)
            return received

        return await self._database.write(open_)

    async def open_below(
        self, pressed: Pressed, button: PlacedButton, new: NewForm, asking: Asking
    ) -> Notice | None:
        """Open the form of a button; return what is said of it in the chat, if anything is."""

        def open_(connection: Connection) -> Notice | None:
            notice = _add_notice(connection, pressed, asking) if asking.text else None
            caller = forms.presser(connection, pressed.key, pressed.author, button.message_id)
            forms.add_form(connection, new, caller, asked_in=notice.turn_id if notice else "")
            if notice:
                _place(connection, notice, asking, caller.user_id)
            return notice

        return await self._database.write(open_)

    async def tell(self, pressed: Pressed | InboundEvent, user_id: int, asking: Asking) -> Notice:
        """Say something of a form, with buttons below, that belongs to no message."""

        def tell(connection: Connection) -> Notice:
            notice = _add_notice(connection, pressed, asking)
            _place(connection, notice, asking, user_id)
            return notice

        return await self._database.write(tell)

    async def go_on(self, event: InboundEvent, epoch: int, form: KeptForm, going: Going) -> Received:
        """Commit an answer that was written, and what follows from it."""

        def go_on(connection: Connection) -> Received:
            received = intake.receive(connection, event, Lane.CONTROL, is_command=True, answer=True)
            if received.accepted is Accepted.NEW:
                _go_on(connection, epoch, form, going, received)
            return received

        return await self._database.write(go_on)

    async def go_on_below(
        self, pressed: Pressed, button: PlacedButton, epoch: int, form: KeptForm, going: Going
    ) -> Received:
        """Commit an answer that was pressed, and what follows from it."""

        def go_on(connection: Connection) -> Received:
            received = buttons.press(connection, pressed, button, Lane.CONTROL)
            if received.accepted is Accepted.NEW:
                _go_on(connection, epoch, form, going, received)
            return received

        return await self._database.write(go_on)

    async def toggle(self, form: KeptForm, going: Going) -> bool:
        """Let a question show what is chosen so far. False when it was answered meanwhile."""

        def toggle(connection: Connection) -> bool:
            found = forms.find_form(connection, form.id, lock=True)
            if found is None or found.step != form.step:
                return False
            forms.move_on(connection, form.id, going.answers, going.step, form.asked_in)
            asking = going.asking
            user_id = form.caller.user_id
            forms.reword(connection, form.asked_in, asking.text, asking.buttons, user_id=user_id)
            return True

        return await self._database.write(toggle)

    async def send(self, form: KeptForm, answers: Mapping[str, JsonValue], lane: Lane) -> Received:
        """Commit a form that was sent. Sent twice it is a duplicate."""

        def send(connection: Connection) -> Received:
            if not forms.close_form(connection, form.id):
                return Received(Accepted.DUPLICATE)
            key = forms.sent_key(form.id)
            return add_call(connection, form.caller, form.call(answers), lane, dedupe_key=key)

        return await self._database.write(send)


def _say(connection: Connection, event: InboundEvent, epoch: int, asking: Asking) -> Received:
    received = intake.receive(connection, event, Lane.CONTROL, is_command=True, answer=True)
    if received.accepted is Accepted.NEW:
        which = schema.inbox.c.id == received.inbox_id
        closing.close_waiting(connection, epoch, which, asking.closing)
    return received


def _go_on(connection: Connection, epoch: int, form: KeptForm, going: Going, received: Received) -> None:
    if going.reads:
        forms.reword(connection, going.asked_in, going.reads, user_id=form.caller.user_id)
    if going.call:
        forms.become_call(connection, received, going.call, going.lane)
    else:
        which = schema.inbox.c.id == received.inbox_id
        closing.close_waiting(connection, epoch, which, going.asking.closing)
    if going.is_over:
        forms.close_form(connection, form.id)
    else:
        forms.move_on(connection, form.id, going.answers, going.step, received.turn_id)


def _add_notice(connection: Connection, event: Pressed | InboundEvent, asking: Asking) -> Notice:
    notice = add_notice(connection, event.key, asking.text, direct=event.direct, handler=HANDLER)
    forms.remember(connection, notice.turn_id, forms.scope_of(connection, event.key).chat_id)
    return notice


def _place(connection: Connection, notice: Notice, asking: Asking, user_id: int) -> None:
    """Put buttons below what was just written into the outbox."""
    forms.reword(connection, notice.turn_id, asking.text, asking.buttons, user_id=user_id)
