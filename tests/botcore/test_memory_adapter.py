"""The adapter in memory keeps the contract of all adapters."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from botcore.adapter import Capabilities
from botcore.domain import Edited, Pressed
from botcore.errors import FormRefused, OutcomeUnknown, Refused, RetryLater
from botcore.markup import TextUnit
from botcore.testing import MemoryAdapter
from botcore.testing.adapter_contract import AdapterContract
from botcore.testing.conformance.declared import DeclaredContract
from botcore.testing.conformance.filling_in import FormsContract
from botcore.testing.conformance.texts import TextContract


@dataclass
class MemoryPlatform:
    """What people see of a platform in memory."""

    adapter: MemoryAdapter = field(default_factory=MemoryAdapter)
    pressed: Pressed | None = None

    async def post(self, text: str) -> None:
        await self.adapter.post(text)

    def shown(self) -> list[str]:
        return [message.text for message in self.adapter.shown.values() if not message.deleted]

    async def redeliver(self) -> None:
        *_, event = self.adapter.events.values()
        await self.adapter.deliver(self.pressed or event)

    def flood(self, seconds: float) -> None:
        self.adapter.errors.append(RetryLater(after=seconds))

    def fail(self) -> None:
        self.adapter.errors.append(RetryLater())

    def cut(self, *, after_effect: bool) -> None:
        if after_effect:
            self.adapter.lost_receipts += 1
        else:
            self.adapter.errors.append(OutcomeUnknown())

    def refuse(self) -> None:
        self.adapter.errors.append(Refused())

    async def post_in_group(self, text: str, *, addressed: bool) -> None:
        await self.adapter.post(text, chat="group", addressed=addressed, direct=False)

    async def follow(self, url: str) -> None:
        await self.adapter.post(f"/start {url.rpartition('/')[2]}")

    async def post_in_thread(self, text: str, thread: int) -> None:
        await self.adapter.post(text, thread=str(thread))

    def shown_in_thread(self, thread: int) -> list[str]:
        return [shown.text for shown in self.adapter.shown.values() if shown.key.thread == str(thread)]

    def buttons(self) -> list[str]:
        *_, last = [shown for shown in self.adapter.shown.values() if not shown.deleted]
        return [key.label for key in last.buttons]

    async def press(self, label: str) -> None:
        *_, event = self.adapter.events.values()
        self.pressed = self.adapter.pressing(label, author=event.author, chat=event.key.chat)
        await self.adapter.deliver(self.pressed)

    def notices(self) -> list[str]:
        return list(self.adapter.notices.values())

    async def edit_last(self, text: str) -> None:
        *_, event = self.adapter.events.values()
        await self.adapter.deliver(Edited(event.key, event.message_id, text, datetime.now(UTC)))


@pytest.fixture
def platform() -> MemoryPlatform:
    return MemoryPlatform()


class TestMemoryAdapter(AdapterContract):
    """The contract over the adapter in memory."""


class FormsPlatform(MemoryPlatform):
    """It has forms."""

    def __init__(self) -> None:
        super().__init__(MemoryAdapter(capabilities=Capabilities(buttons=True, forms=True)))
        self._errors: list[str] = []

    def form(self) -> list[str]:
        return [field.shown for field in self.adapter.forms[-1].open.form.fields]

    async def fill(self, **values: str) -> None:
        try:
            await self.adapter.submit(values)
        except FormRefused as refused:
            self._errors = list(refused.errors.values())

    def form_errors(self) -> list[str]:
        return self._errors


class TestForms(FormsContract, DeclaredContract):
    """The part about forms, on a platform that has them."""

    @pytest.fixture
    def platform(self) -> FormsPlatform:
        return FormsPlatform()


class TestSmallMessages(TextContract):
    """The part about texts over a platform whose messages are short."""

    @pytest.fixture(params=list(TextUnit))
    def platform(self, request: pytest.FixtureRequest) -> MemoryPlatform:
        return MemoryPlatform(MemoryAdapter(capabilities=Capabilities(max_chars=1000, unit=request.param)))
