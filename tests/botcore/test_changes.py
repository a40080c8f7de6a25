"""Edits, deletions and moves of chats reach the ledger through the bot, from other processes too."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from botcore import (
    Author,
    ChatMoved,
    ConversationKey,
    Deleted,
    Edited,
    Event,
    InboundEvent,
    ModelMessage,
    Options,
)
from botcore.adapter import Accepted
from botcore.control.wire import dump_event, load_event
from botcore.testing import FakeEngine
from tests.botcore.running_bot import running

ROOM = ConversationKey("memory", "test", "room")
NOW = datetime.now(UTC)


async def test_the_bot_answers_what_a_message_was_edited_to(tmp_path: Path) -> None:
    may_answer = asyncio.Event()

    async def repeat(messages: Sequence[ModelMessage], options: Options) -> str:
        await may_answer.wait()
        return f"re: {messages[-1].text}"

    async with running(tmp_path, FakeEngine(repeat)) as at:
        await at.adapter.post("one")
        second = await at.adapter.post("two")
        accepted = await at.adapter.deliver(Edited(at.adapter.events[second].key, second, "three", NOW))
        may_answer.set()

        assert await at.adapter.answer_to(second) == "re: three"
        assert accepted is Accepted.NOTED


@pytest.mark.parametrize(
    "event",
    [
        InboundEvent(ROOM, "1", "1", Author("ana", "Ana"), "hello", NOW, language="de"),
        Edited(ROOM, "1", "hello", NOW),
        Deleted(ROOM, "1"),
        ChatMoved("memory", "test", "room", "new room"),
    ],
    ids=lambda event: type(event).__name__,
)
def test_every_event_passes_from_process_to_process(event: Event) -> None:
    assert load_event(dump_event(event)) == event


async def test_what_nobody_can_read_is_explained_once(tmp_path: Path) -> None:
    engine = FakeEngine("yes")
    async with running(tmp_path, engine) as at:
        picture = InboundEvent(
            ROOM, "p", "p", Author("ana", "Ana"), "[photo]", NOW, unreadable="I can't see pictures."
        )

        assert await at.adapter.deliver(picture) is Accepted.NOTED
        assert await at.adapter.deliver(picture) is Accepted.DUPLICATE
        await at.ask("hello")

        assert [message.text for message in at.adapter.shown.values()] == ["I can't see pictures.", "yes"]
        assert [message.text for message in engine.requests[0].messages] == ["hello"]
