"""In a thread that people began, the bot knows what they said there before it was called."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from botcore import Author, Message
from botcore.testing import FakeEngine
from botcore_chat import plugin
from botcore_chat.overhearing import LONGEST, with_talk
from tests.botcore.running_bot import Running, running

ANA, BEN = Author("ana", "Ana"), Author("ben", "Ben")


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine(["On Monday.", "Ben did."])


@pytest.fixture
async def at(tmp_path: Path, engine: FakeEngine) -> AsyncIterator[Running]:
    async with running(tmp_path, engine, plugins=[plugin], answerer="chat") as at:
        yield at


async def post(at: Running, text: str, *, thread: str, addressed: bool, author: Author = ANA) -> str:
    return await at.adapter.post(
        text, chat="room", thread=thread, addressed=addressed, direct=False, author=author
    )


async def thread_of_people(at: Running) -> str:
    """Let Ana and Ben talk in a thread; return what it is about."""
    root = await post(at, "when do we ship?", thread="", addressed=False)
    await post(at, "on Monday", thread=root, addressed=False, author=BEN)
    return root


async def test_what_they_said_stands_before_the_question(at: Running, engine: FakeEngine) -> None:
    root = await thread_of_people(at)

    await at.adapter.answer_to(await post(at, "so when?", thread=root, addressed=True))
    await post(at, "or Tuesday", thread=root, addressed=False, author=BEN)
    await at.adapter.answer_to(await post(at, "who said that?", thread=root, addressed=True))

    first, second = (request.messages[1:] for request in engine.requests)
    begun = "What was said in this thread so far:\nAna: when do we ship?\nBen: on Monday\n"
    assert [message.text for message in first] == [f"{begun}\nso when?"]
    assert [message.text for message in second] == [
        "so when?",
        "On Monday.",
        f"{begun}Ben: or Tuesday\n\nwho said that?",
    ]


async def test_a_thread_that_began_with_the_bot_is_a_conversation_as_any(
    at: Running, engine: FakeEngine
) -> None:
    root = await at.adapter.post("when do we ship?", chat="room", message_id="7", thread="7", direct=False)
    await at.adapter.answer_to(root)

    await at.adapter.answer_to(await post(at, "who said that?", thread="7", addressed=True))

    assert [message.text for message in engine.requests[-1].messages[1:]] == [
        "when do we ship?",
        "On Monday.",
        "who said that?",
    ]


async def test_outside_of_threads_and_in_direct_chats_nothing_is_overheard(
    at: Running, engine: FakeEngine
) -> None:
    await thread_of_people(at)

    await at.adapter.answer_to(await post(at, "so when?", thread="", addressed=True))

    assert [message.text for message in engine.requests[0].messages[1:]] == ["so when?"]


def test_of_much_talk_the_newest_counts() -> None:
    talk = [Message(str(number), "Ana", "x" * (LONGEST // 3)) for number in range(9)]

    said = with_talk(talk, "and?", [])

    assert said.count("Ana: ") == 2
    assert with_talk([], "and?", []) == "and?"
