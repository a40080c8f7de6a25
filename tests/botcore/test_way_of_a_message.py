"""From a post to its answer, through the real core over a real database."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from botcore import (
    Author,
    Context,
    Handler,
    ModelMessage,
    Plugin,
)
from botcore.engine import Options
from botcore.errors import EngineDown
from botcore.store import Claim, Closing, Store
from botcore.testing import FakeEngine, MemoryAdapter
from tests.botcore.running_bot import Running, Tone, running, talking_plugin


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("botcore.turns.RETRY_SECONDS", 0.01)


async def test_a_message_is_answered(tmp_path: Path) -> None:
    async with running(tmp_path, FakeEngine("old pond")) as at:
        assert await at.ask("a haiku, please") == "old pond"


async def test_the_second_question_is_asked_with_the_first_in_mind(tmp_path: Path) -> None:
    engine = FakeEngine(["My name is Bo.", "It is Bo."])
    async with running(tmp_path, engine) as at:
        await at.ask("Who are you?")
        await at.ask("What was that?")

    assert [m.text for m in engine.requests[1].messages] == [
        "Who are you?",
        "My name is Bo.",
        "What was that?",
    ]


async def test_two_messages_at_once_are_answered_in_order(tmp_path: Path) -> None:
    async def repeat(messages: Sequence[ModelMessage], options: Options) -> str:
        await asyncio.sleep(0.05 if messages[-1].text == "first" else 0)
        return f"re: {messages[-1].text}"

    async with running(tmp_path, FakeEngine(repeat)) as at:
        questions = [await at.adapter.post(text) for text in ("first", "second", "third")]
        answers = [await at.adapter.answer_to(question) for question in questions]

    assert answers == ["re: first", "re: second", "re: third"]
    assert [m.text for m in at.adapter.shown.values()] == answers


async def test_a_slow_answer_delays_no_other_conversation(tmp_path: Path) -> None:
    slow_may_end = asyncio.Event()

    async def answer(messages: Sequence[ModelMessage], options: Options) -> str:
        if messages[-1].text == "slow":
            await slow_may_end.wait()
        return messages[-1].text

    async with running(tmp_path, FakeEngine(answer)) as at:
        slow = await at.adapter.post("slow", chat="one")
        assert await at.ask("quick", chat="two") == "quick"
        assert not at.adapter.answers_to(slow)
        slow_may_end.set()
        assert await at.adapter.answer_to(slow) == "slow"


async def test_the_same_post_twice_is_answered_once(tmp_path: Path) -> None:
    async with running(tmp_path, FakeEngine("yes")) as at:
        for _ in range(3):
            await at.adapter.post("there?", message_id="m1")
        await at.ask("the next one")

    assert len(at.adapter.answers_to("m1")) == 1


async def test_bots_are_not_answered(tmp_path: Path) -> None:
    engine = FakeEngine("yes")
    async with running(tmp_path, engine) as at:
        await at.adapter.post("beep", author=Author("r2", "R2", is_bot=True))
        await at.ask("a person")

    assert len(engine.requests) == 1


async def test_stop_ends_the_answer_and_keeps_what_was_written(tmp_path: Path) -> None:
    engine = FakeEngine("word " * 1000, pace=0.01)
    async with running(tmp_path, engine) as at:
        question = await at.adapter.post("talk")
        while not at.adapter.answers_to(question):
            await asyncio.sleep(0.01)
        await at.ask("/stop")
        answer = await at.adapter.answer_to(question)

        assert answer.startswith("word")
        assert answer.endswith("_Stopped._")
        assert (await engine.status()).running == 0


async def test_a_handler_that_raises_is_tried_again_and_then_apologised_for(tmp_path: Path) -> None:
    async with running(tmp_path, FakeEngine("fine")) as at:
        question = await at.adapter.post("/fail")
        after = await at.adapter.post("and now?")

        assert "Sorry" in await at.adapter.answer_to(question)
        assert await at.adapter.answer_to(after) == "fine"


async def test_a_failed_turn_leaves_nothing_in_the_plugins_store(tmp_path: Path) -> None:
    async with running(tmp_path, FakeEngine()) as at:
        assert await at.ask("/count") == "1"
        await at.ask("/fail")
        assert await at.ask("/count") == "2"


async def test_an_error_for_people_is_shown_below_what_was_written(tmp_path: Path) -> None:
    async with running(tmp_path, FakeEngine()) as at:
        assert await at.ask("/refuse") == "Half of it\n\nThat file is empty."


async def test_a_part_is_a_message_of_its_own(tmp_path: Path) -> None:
    async with running(tmp_path, FakeEngine()) as at:
        question = await at.adapter.post("/parts")
        await at.adapter.answer_to(question)

        assert [m.text for m in at.adapter.answers_to(question)] == ["one", "two"]


async def test_a_handler_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    async with running(tmp_path, FakeEngine(), plugin_seconds=0.05) as at:
        assert "Sorry" in await at.ask("/sleep")


async def test_waiting_for_the_model_is_not_the_handlers_time(tmp_path: Path) -> None:
    async with running(tmp_path, FakeEngine("slow but sure", pace=0.2), plugin_seconds=0.3) as at:
        assert await at.ask("hello") == "slow but sure"


async def test_a_message_while_the_model_loads_is_told_so_and_answered_after(tmp_path: Path) -> None:
    engine = FakeEngine("here I am", loading=True)
    async with running(tmp_path, engine) as at:
        question = await at.adapter.post("hello")
        while not at.adapter.answers_to(question):
            await asyncio.sleep(0.01)
        [message] = at.adapter.answers_to(question)
        assert "loading" in message.versions[0].progress
        engine.finish_loading()

        assert await at.adapter.answer_to(question) == "here I am"


async def test_an_answer_the_model_server_died_over_is_tried_again(tmp_path: Path) -> None:
    async with running(tmp_path, FakeEngine([EngineDown(), "back again"])) as at:
        assert await at.ask("hello") == "back again"


async def test_a_turn_that_the_bot_left_is_answered_after_the_next_start(tmp_path: Path) -> None:
    async with running(tmp_path, FakeEngine("never", pace=60)) as at:
        question = await at.adapter.post("hello")
        while not await is_working(at):
            await asyncio.sleep(0.01)
    async with running(tmp_path, FakeEngine("at last")) as at:
        assert await at.adapter.answer_to(question) == "at last"


async def test_a_turn_may_end_while_the_bot_is_leaving(tmp_path: Path) -> None:
    async with running(tmp_path, FakeEngine("a few words", pace=0.05), grace_seconds=5) as at:
        question = await at.adapter.post("hello")
        while not await is_working(at):
            await asyncio.sleep(0.01)
    assert at.adapter.answers_to(question)[0].text == "a few words"


async def is_working(at: Running) -> bool:
    return (await at.bot.engine.status()).running > 0


async def test_a_plugins_middleware_sees_every_turn(tmp_path: Path) -> None:
    plugin = talking_plugin()
    seen: list[str] = []

    @plugin.middleware
    async def watch(call_next: Handler, context: Context) -> None:
        seen.append(context.event.text)
        await call_next(context)

    async with running(tmp_path, FakeEngine("hm"), plugins=[plugin]) as at:
        await at.ask("one")
        await at.ask("/help")

    assert seen == ["one", "/help"]


async def test_a_plugins_settings_are_given_to_its_handlers(tmp_path: Path) -> None:
    plugin = Plugin("polite", settings=Tone)

    @plugin.command("tone")
    async def tone(settings: Tone) -> str:
        return f"polite: {settings.polite}"

    async with running(tmp_path, FakeEngine(), plugins=[talking_plugin(), plugin]) as at:
        assert await at.ask("/tone") == "polite: True"


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("/cuont", "There is no command /cuont. Did you mean /count?"),
        ("/count twice", "“twice” is one word too many. Type it like this: /count"),
        ("/stop", "There is nothing to stop."),
        ("/COUNT", "1"),
        ("/count@botcore", "1"),
    ],
)
async def test_commands_are_read_as_people_type_them(tmp_path: Path, text: str, answer: str) -> None:
    async with running(tmp_path, FakeEngine()) as at:
        assert await at.ask(text) == answer


async def test_a_path_is_not_a_command(tmp_path: Path) -> None:
    async with running(tmp_path, FakeEngine("I see")) as at:
        assert await at.ask("/etc/passwd is gone") == "I see"


@pytest.mark.parametrize("create_seconds", [0.0, 0.1])
@pytest.mark.parametrize("text", ["hello", "/refuse", "/parts"])
async def test_the_whole_answer_arrives_however_fast_the_model_and_slow_the_platform(
    tmp_path: Path, text: str, create_seconds: float
) -> None:
    adapter = MemoryAdapter()
    adapter.create_seconds = create_seconds
    whole = {"hello": "all of it", "/refuse": "Half of it\n\nThat file is empty.", "/parts": "one\n\ntwo"}
    async with running(tmp_path, FakeEngine("all of it"), adapter=adapter) as at:
        assert await at.ask(text) == whole[text]
        assert all(message.is_final for message in adapter.shown.values())


async def test_two_stops_in_a_row_do_not_freeze_the_conversation(tmp_path: Path) -> None:
    def answer(messages: Sequence[ModelMessage], options: Options) -> str:
        return "word " * 1000 if messages[-1].text == "talk" else "still here"

    async with running(tmp_path, FakeEngine(answer, pace=0.01)) as at:
        question = await at.adapter.post("talk")
        while not at.adapter.answers_to(question):
            await asyncio.sleep(0.01)
        stops = [await at.adapter.post("/stop") for _ in range(3)]
        for stop in stops:
            await at.adapter.answer_to(stop)
        await at.adapter.answer_to(question)

        assert await at.ask("hello?") == "still here"


async def test_an_error_beside_a_running_request_is_told_and_frees_the_model(tmp_path: Path) -> None:
    engine = FakeEngine("word " * 1000, pace=0.01)
    async with running(tmp_path, engine) as at:
        assert await at.ask("/beside") == "That file is empty."
        assert (await engine.status()).running == 0


async def test_a_closing_that_fails_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    close_turn, errors = Store.close_turn, [OSError("the disk is full")]

    async def fail_once(store: Store, claim: Claim, ending: Closing) -> bool:
        if errors:
            raise errors.pop()
        return await close_turn(store, claim, ending)

    monkeypatch.setattr(Store, "close_turn", fail_once)
    async with running(tmp_path, FakeEngine(["one", "two"])) as at:
        assert await at.ask("hello") == "two"
