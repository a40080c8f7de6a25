from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botcore import Context, ModelMessage, Plugin, Role
from botcore.errors import ContextTooLong
from botcore.testing.chat import Chat
from botcore.testing.fake_engine import FakeEngine
from botcore_chat import plugin
from botcore_chat.history import fit

SYSTEM = ModelMessage.system("be brief")


class CountingEngine(FakeEngine):
    """Tells how often it was asked to count."""

    counts = 0

    async def count(self, messages: Sequence[ModelMessage]) -> int:
        self.counts += 1
        return await super().count(messages)


def turns(count: int, words: int = 10) -> list[ModelMessage]:
    return [
        message
        for number in range(count)
        for message in (
            ModelMessage.user(f"question {number} " + "word " * words),
            ModelMessage.assistant(f"answer {number}"),
        )
    ]


async def test_a_question_is_answered_with_what_was_said_before() -> None:
    engine = FakeEngine(["Nice to meet you, Zoe.", "Your name is Zoe."])
    chat = Chat(plugin, engine)

    await chat.say("I'm Zoe")
    assert await chat.say("Who am I?") == "Your name is Zoe."

    assert [message.text for message in engine.requests[-1].messages[1:]] == [
        "I'm Zoe",
        "Nice to meet you, Zoe.",
        "Who am I?",
    ]


async def test_the_model_is_told_the_commands_that_people_can_type() -> None:
    engine = FakeEngine("Hello.")
    commands: list[tuple[str, ...]] = []
    curious = Plugin("chat", settings=plugin.settings, capabilities=plugin.capabilities)
    assert plugin.answerer_handler
    curious.answerer(plugin.answerer_handler.function)

    @curious.command("poem")
    async def poem(context: Context) -> str:
        """Write a poem."""
        commands.append(context.commands)
        return "Roses are red."

    await Chat(curious, engine).say("hello")

    system = engine.requests[0].messages[0]
    assert system.role is Role.SYSTEM
    assert "/poem" in system.text
    assert "{" not in system.text


async def test_the_answer_appears_piece_by_piece() -> None:
    chat = Chat(plugin, FakeEngine("one two three four", pace=0.2))

    await chat.say("count")

    assert len(chat.last_answer[0].versions) > 1
    assert chat.last_answer[0].text == "one two three four"


async def test_everything_that_fits_costs_one_count() -> None:
    engine = CountingEngine(context_tokens=8192)
    history = turns(40)

    prompt = await fit(engine, SYSTEM, history, ModelMessage.user("and now?"))

    assert prompt == [SYSTEM, *history, ModelMessage.user("and now?")]
    assert engine.counts == 1


async def test_the_oldest_turns_go_first_and_whole() -> None:
    engine = CountingEngine(context_tokens=200)
    history = turns(50)

    prompt = await fit(engine, SYSTEM, history, ModelMessage.user("and now?"))

    kept = prompt[1:-1]
    assert 0 < len(kept) < len(history)
    assert kept == history[-len(kept) :]
    assert kept[0].role is Role.USER
    assert engine.counts <= 7


@given(
    words=st.lists(st.integers(0, 60), max_size=12),
    question=st.integers(1, 80),
    context_tokens=st.integers(150, 400),
)
async def test_exactly_as_many_turns_are_kept_as_fit(
    words: list[int], question: int, context_tokens: int
) -> None:
    engine = FakeEngine(context_tokens=context_tokens)
    history = [message for count in words for message in turns(1, count)]
    asked = ModelMessage.user("word " * question)

    prompt = await fit(engine, SYSTEM, history, asked)

    room = context_tokens - (await engine.limits()).answer_tokens
    kept = prompt[1:-1]
    if kept:
        assert await engine.count(prompt) <= room
    if len(kept) < len(history):
        older = history[-len(kept) - 2 :]
        assert await engine.count([SYSTEM, *older, asked]) > room


async def test_a_question_that_is_too_long_by_itself_is_refused_in_plain_words() -> None:
    engine = FakeEngine("never said", context_tokens=300)

    answer = await Chat(plugin, engine).say("word " * 280)

    assert answer == str(ContextTooLong())
    assert engine.requests == []


async def test_a_long_question_may_use_the_room_of_the_answer() -> None:
    engine = FakeEngine(context_tokens=400)

    prompt = await fit(engine, SYSTEM, turns(3), ModelMessage.user("word " * 320))

    assert len(prompt) == 2
    with pytest.raises(ContextTooLong):
        await fit(engine, SYSTEM, turns(3), ModelMessage.user("word " * 390))
