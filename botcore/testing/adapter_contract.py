"""What every adapter must do. Subclass it in a test module and provide the fixture `platform`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

import pytest

from botcore.adapter import Accepted, Adapter, HearsTurnOver, Outgoing
from botcore.domain import Event, InboundEvent

TEXTS = [
    "plain",
    "two\nlines",
    "**bold** and `code`",
    "```python\nprint('<b>')\n```",
    "@channel <!here> &amp; <script>",
    "日本語 العربية हिन्दी",
    "👩🏽‍💻 " * 50,
    "<|eot_id|>",
    "_unclosed *mark",
]


class Platform(Protocol):
    """A platform as its people see it: an adapter, someone who writes and someone who looks."""

    @property
    def adapter(self) -> Adapter: ...

    async def post(self, text: str) -> None:
        """A person writes to the bot."""
        ...

    def shown(self) -> list[str]:
        """The bot's messages that are there now, oldest first, as readable text."""
        ...


@asynccontextmanager
async def running(platform: Platform) -> AsyncIterator[asyncio.Queue[InboundEvent]]:
    """Run the adapter and collect the messages that it brings in."""
    events: asyncio.Queue[InboundEvent] = asyncio.Queue()

    async def receive(event: Event) -> Accepted:
        if isinstance(event, InboundEvent):
            await events.put(event)
        return Accepted.NEW

    task = asyncio.create_task(platform.adapter.run(receive))
    try:
        yield events
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def answer_to(platform: Platform, events: asyncio.Queue[InboundEvent], text: str) -> InboundEvent:
    """Have a person write and return what the adapter made of it."""
    await platform.post(text)
    async with asyncio.timeout(10):
        return await events.get()


def reply(event: InboundEvent, text: str, *, final: bool = True) -> Outgoing:
    """Return an answer to an event."""
    return Outgoing(key=event.key, text=text, final=final, answers=event.message_id)


class AdapterContract:
    """Every test gets a platform with nothing said on it."""

    async def test_a_message_arrives_with_its_text_its_author_and_its_place(self, platform: Platform) -> None:
        async with running(platform) as events:
            event = await answer_to(platform, events, "hello")

        assert event.text == "hello"
        assert event.key.platform == platform.adapter.name
        assert event.author.id
        assert not event.author.is_bot
        assert event.sent_at.tzinfo is not None

    async def test_two_messages_have_keys_of_their_own(self, platform: Platform) -> None:
        async with running(platform) as events:
            first = await answer_to(platform, events, "hello")
            await platform.adapter.create(reply(first, "hi"))
            await self.end_turn(platform, first)
            second = await answer_to(platform, events, "hello")

        assert first.dedupe_key != second.dedupe_key
        assert first.message_id != second.message_id
        assert first.key == second.key

    async def test_a_created_message_is_shown(self, platform: Platform) -> None:
        async with running(platform) as events:
            event = await answer_to(platform, events, "hello")
            await platform.adapter.create(reply(event, "good day"))

            assert platform.shown() == ["good day"]

    async def test_a_preview_becomes_the_final_message(self, platform: Platform) -> None:
        async with running(platform) as events:
            event = await answer_to(platform, events, "hello")
            receipt = await platform.adapter.create(reply(event, "good", final=False))
            await platform.adapter.edit(receipt, reply(event, "good day"))

            assert platform.shown() == ["good day"]

    async def test_an_edit_may_be_repeated(self, platform: Platform) -> None:
        async with running(platform) as events:
            event = await answer_to(platform, events, "hello")
            receipt = await platform.adapter.create(reply(event, "good", final=False))
            for _ in range(2):
                await platform.adapter.edit(receipt, reply(event, "good day"))

            assert platform.shown() == ["good day"]

    @pytest.mark.parametrize("text", TEXTS)
    async def test_any_text_can_be_sent(self, platform: Platform, text: str) -> None:
        async with running(platform) as events:
            event = await answer_to(platform, events, "hello")
            receipt = await platform.adapter.create(reply(event, text[: len(text) // 2], final=False))
            await platform.adapter.edit(receipt, reply(event, text))

            assert len(platform.shown()) == 1

    async def end_turn(self, platform: Platform, event: InboundEvent) -> None:
        """Tell an adapter that wants to hear it that a turn is over."""
        if isinstance(platform.adapter, HearsTurnOver):
            await platform.adapter.turn_over(event.key, event.message_id)
