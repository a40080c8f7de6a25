"""A platform in memory, for tests."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from uuid import uuid4

from pydantic import JsonValue

from botcore.adapter import Accepted, Capabilities, Key, Outgoing, PrivateAnswers, Receipt, Receive
from botcore.domain import Author, ConversationKey, Event, InboundEvent, Pressed, Submitted
from botcore.errors import OutcomeUnknown, Refused
from botcore.forms import OpenForm
from botcore.markup import parse

# What a platform in memory can do, unless a test says otherwise.
ABLE = Capabilities(edit_interval=0.0, buttons=True, private=PrivateAnswers.HAND_OVER)


@dataclass(slots=True)
class ShownMessage:
    """A message of the bot's, as people see it."""

    key: ConversationKey
    answers: str | None
    versions: list[Outgoing] = field(default_factory=list)  # the first is the create, the rest are edits
    deleted: bool = False

    @property
    def text(self) -> str:
        return self.versions[-1].text

    @property
    def is_final(self) -> bool:
        return self.versions[-1].final

    @property
    def buttons(self) -> tuple[Key, ...]:
        return self.versions[-1].buttons


@dataclass(frozen=True, slots=True)
class ShownForm:
    """A form that was opened before somebody, on a platform that has forms."""

    event: Pressed | InboundEvent  # what opened it
    open: OpenForm


@dataclass(frozen=True, slots=True)
class Press:
    """A button that was pressed."""

    adapter: MemoryAdapter
    event: Pressed
    accepted: Accepted
    notice: str  # what whoever pressed was told at once
    before: set[str]  # the messages that were shown by then

    async def answer(self) -> str:
        """Wait for the end of its turn, and return what was said."""
        await self.adapter.over(self.event.message_id)
        return "\n\n".join(message.text for message in self.adapter.said_since(self.before, self.event.key))


class MemoryAdapter:
    """Keeps what was sent; `post` is a person writing."""

    def __init__(
        self, name: str = "memory", capabilities: Capabilities | None = None, *, trusted: bool = True
    ) -> None:
        """`trusted`: everybody may come in; otherwise strangers are denied, as on a real platform."""
        self.name = name
        self.capabilities = replace(capabilities or ABLE, trusted=trusted)
        self.events: dict[str, InboundEvent] = {}  # what was posted, by message
        self.shown: dict[str, ShownMessage] = {}
        self.forms: list[ShownForm] = []  # that were opened, with `Capabilities.forms`
        self.notices: dict[str, str] = {}  # what was said at once about a press, by its id
        self.errors: list[Exception | None] = []  # what the next calls raise, in turn; None lets one pass
        self.lost_receipts = 0  # how many of the next calls take effect, and nobody hears of it
        self.create_seconds = 0.0  # how long the platform takes for a new message
        self._prefix = uuid4().hex[:8]
        self._ids = count(1)
        self._receive: asyncio.Future[Receive] | None = None
        self._over: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)

    async def run(self, receive: Receive) -> None:
        """Bring in what `post` is called with."""
        self._receiver().set_result(receive)
        try:
            await asyncio.Event().wait()
        finally:
            self._receive = None  # what is posted from now on waits for the next time

    async def post(
        self,
        text: str,
        *,
        chat: str = "room",
        thread: str = "",
        author: Author = Author("ana", "Ana"),
        message_id: str = "",
        dedupe_key: str = "",
        addressed: bool = True,
        tenant: str = "test",
        direct: bool = True,
    ) -> str:
        """Write a message and return its id once it is committed."""
        message_id = message_id or f"in-{self._prefix}-{next(self._ids)}"
        event = InboundEvent(
            key=ConversationKey(self.name, tenant, chat, thread),
            dedupe_key=dedupe_key or message_id,
            message_id=message_id,
            author=author,
            text=text,
            sent_at=datetime.now(UTC),
            addressed=addressed,
            direct=direct,
        )
        self.events[message_id] = event
        await self.deliver(event)
        return message_id

    async def press(
        self,
        label: str,
        *,
        author: Author = Author("ana", "Ana"),
        chat: str = "room",
        press_id: str = "",
    ) -> Press:
        """Press the newest button of this label in a chat; return what came of it once it is committed."""
        event = self.pressing(label, author=author, chat=chat, press_id=press_id)
        before = set(self.shown)
        self.forget_end_of(event.message_id)
        accepted = await self.deliver(event)
        return Press(self, event, accepted, await self.notice_of(event.dedupe_key), before)

    def pressing(self, label: str, *, author: Author, chat: str = "room", press_id: str = "") -> Pressed:
        """Return what the platform tells when somebody presses the newest button of this label."""
        shown_id, shown, key = next(
            (shown_id, shown, key)
            for shown_id, shown in reversed(self.shown.items())
            for key in shown.buttons
            if key.label == label and shown.key.chat == chat and not shown.deleted
        )
        press_id = press_id or f"press-{self._prefix}-{next(self._ids)}"
        direct = next((e.direct for e in self.events.values() if e.key == shown.key), True)
        return Pressed(shown.key, press_id, shown_id, author, key.id, datetime.now(UTC), direct)

    async def notice_of(self, press_id: str) -> str:
        """Wait until somebody who pressed a button was told something at once, and return it."""
        while press_id not in self.notices:
            await asyncio.sleep(0.01)
        return self.notices.pop(press_id)

    async def answer_press(self, pressed: Pressed, notice: str) -> None:
        self.notices[pressed.dedupe_key] = notice

    async def open_form(self, event: Pressed | InboundEvent, form: OpenForm) -> None:
        self._maybe_fail()
        self.forms.append(ShownForm(event, form))

    async def submit(self, values: Mapping[str, JsonValue], *, author: Author | None = None) -> Accepted:
        """Send the form that was opened last; raise what the bot raises when something in it is wrong."""
        form = self.forms[-1]
        self.forget_end_of(form.event.message_id)
        return await self.deliver(
            Submitted(
                key=form.event.key,
                dedupe_key=f"sent-{self._prefix}-{next(self._ids)}",
                author=author or form.event.author,
                form_id=form.open.id,
                values=values,
                sent_at=datetime.now(UTC),
                direct=form.event.direct,
            )
        )

    def said_since(self, before: set[str], key: ConversationKey) -> list[ShownMessage]:
        """Return what is shown in a conversation and was not before."""
        return [
            message
            for shown_id, message in self.shown.items()
            if shown_id not in before and message.key == key and not message.deleted
        ]

    def link_to_start(self, key: ConversationKey, token: str) -> str:
        return f"memory://start/{token}"

    async def deliver(self, event: Event) -> Accepted:
        """Hand an event to the bot, as often as a platform would."""
        receive = await self._receiver()
        return await receive(event)

    async def answer_to(self, message_id: str) -> str:
        """Wait for the end of the turn that answers a message, and return what was said."""
        await self.over(message_id)
        return "\n\n".join(message.text for message in self.answers_to(message_id))

    def forget_end_of(self, message_id: str) -> None:
        """Let `answer_to` wait for another turn that answers a message: it is asked again."""
        self._over[message_id].clear()

    async def over(self, message_id: str) -> None:
        """Wait for the end of the turn that answers a message, or a press below one."""
        await self._over[message_id].wait()

    def answers_to(self, message_id: str) -> list[ShownMessage]:
        """Return the messages that are shown as the answer to one."""
        return [m for m in self.shown.values() if m.answers == message_id and not m.deleted]

    async def create(self, message: Outgoing) -> Receipt:
        await asyncio.sleep(self.create_seconds)
        self._maybe_fail()
        self._refuse_what_is_too_long(message)
        receipt = Receipt(f"out-{self._prefix}-{next(self._ids)}")
        self.shown[receipt.message_id] = ShownMessage(message.key, message.answers, [message])
        self._maybe_lose_the_receipt()
        return receipt

    async def edit(self, receipt: Receipt, message: Outgoing) -> Receipt | None:
        self._maybe_fail()
        self._refuse_what_is_too_long(message)
        self.shown[receipt.message_id].versions.append(message)
        self._maybe_lose_the_receipt()
        return None

    async def delete(self, receipt: Receipt) -> None:
        self._maybe_fail()
        self.shown[receipt.message_id].deleted = True

    async def turn_over(self, key: ConversationKey, message_id: str) -> None:
        self._over[message_id].set()

    def _maybe_fail(self) -> None:
        if self.errors and (error := self.errors.pop(0)):
            raise error

    def _refuse_what_is_too_long(self, message: Outgoing) -> None:
        """Refuse a text that is longer than a message, unless it is one that is sent as a file."""
        limits = self.capabilities.limits
        if limits and not limits.takes(parse(message.text)):
            raise Refused("The message is too long.")

    def _maybe_lose_the_receipt(self) -> None:
        if self.lost_receipts:
            self.lost_receipts -= 1
            raise OutcomeUnknown

    def _receiver(self) -> asyncio.Future[Receive]:
        if self._receive is None:
            self._receive = asyncio.get_running_loop().create_future()
        return self._receive
