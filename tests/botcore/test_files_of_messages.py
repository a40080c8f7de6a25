"""Files have to be fetched, so they are read only of messages that are answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from botcore import Accepted, Author, ConversationKey, InboundEvent, ModelMessage, Options
from botcore.testing import FakeEngine, MemoryAdapter
from tests.botcore.access.rooms import ANA, rooms
from tests.botcore.running_bot import running

ROOM = ConversationKey("memory", "test", "room")
THREAD = replace(ROOM, thread="1")
NOW = datetime.now(UTC)


class Archive(MemoryAdapter):
    """Reads a file behind every message."""

    def __init__(self) -> None:
        super().__init__()
        self.read: list[str] = []

    async def read_files(self, event: InboundEvent) -> InboundEvent:
        self.read.append(event.message_id)
        if event.text == "a picture":
            return replace(event, unreadable="I can't see pictures.")
        return replace(event, text=f"{event.text} print('hi')\udc00")


def said(message_id: str, key: ConversationKey, text: str = "what is this?") -> InboundEvent:
    return InboundEvent(key, message_id, message_id, Author("ana", "Ana"), text, NOW)


def follow_up(message_id: str, key: ConversationKey) -> InboundEvent:
    return replace(said(message_id, key), addressed=False, follow_up=True)


@pytest.fixture
def archive() -> Archive:
    return Archive()


def repeat(messages: Sequence[ModelMessage], options: Options) -> str:
    return f"re: {messages[-1].text}"


async def test_the_file_of_a_message_is_answered_with_it(tmp_path: Path, archive: Archive) -> None:
    async with running(tmp_path, FakeEngine(repeat), adapter=archive):
        await archive.deliver(said("1", ROOM))
        assert await archive.answer_to("1") == "re: what is this? print('hi')?"

        assert await archive.deliver(said("2", ROOM, "a picture")) is Accepted.NOTED


async def test_files_among_others_are_left_and_those_below_a_question_to_the_bot_are_read(
    tmp_path: Path, archive: Archive
) -> None:
    async with running(tmp_path, FakeEngine(repeat), adapter=archive):
        await archive.deliver(follow_up("a", replace(ROOM, thread="lunch")))
        await archive.deliver(replace(said("b", ROOM), addressed=False))
        assert archive.read == []

        await archive.deliver(said("1", THREAD))
        await archive.answer_to("1")
        await archive.deliver(follow_up("2", THREAD))
        await archive.answer_to("2")

    assert archive.read == ["1", "2"]


async def test_nothing_is_fetched_for_who_may_not_come_in(
    tmp_path: Path, archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with rooms(tmp_path) as at:
        monkeypatch.setattr(at.club, "read_files", archive.read_files, raising=False)
        assert await at.write(ANA, "hello") is Accepted.DENIED

    assert archive.read == []
