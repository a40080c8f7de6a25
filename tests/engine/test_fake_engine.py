"""The engine for tests does what a real one does."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import pytest

from botcore.engine import Engine, EngineState, ModelMessage, Options
from botcore.errors import EngineDown, EngineLoading, EngineTimeout
from botcore.testing.engine_contract import EngineContract
from botcore.testing.fake_engine import FakeEngine

HELLO = [ModelMessage.user("hello")]


class TestFakeEngine(EngineContract):
    @pytest.fixture
    def engine(self) -> Engine:
        return FakeEngine("old pond\n\na frog jumps in, the sound of water", context_tokens=1000)


async def test_streams_word_by_word() -> None:
    assert [piece async for piece in FakeEngine("old  pond\n").stream(HELLO)] == ["old", "  pond\n"]


async def test_gives_one_answer_after_the_other_and_repeats_the_last() -> None:
    engine = FakeEngine(["one", "two"])

    assert [await engine.complete(HELLO) for _ in range(3)] == ["one", "two", "two"]


async def test_asks_a_function() -> None:
    def shout(messages: Sequence[ModelMessage], options: Options) -> str:
        return messages[-1].text.upper()

    assert await FakeEngine(shout).complete(HELLO) == "HELLO"


async def test_raises_an_answer_that_is_an_error() -> None:
    engine = FakeEngine([EngineDown(), "back"])

    with pytest.raises(EngineDown):
        await engine.complete(HELLO)
    assert await engine.complete(HELLO) == "back"


async def test_remembers_what_it_was_asked() -> None:
    engine = FakeEngine("yes")

    await engine.complete(HELLO, Options(user="ann"))

    assert engine.requests[0].prompt == "hello"
    assert engine.requests[0].options.user == "ann"


async def test_takes_its_time_until_the_deadline() -> None:
    engine = FakeEngine("a" + 200 * " b", pace=0.02)
    stream = engine.stream(HELLO, Options(deadline=0.5))

    assert await anext(stream) == "a"
    with pytest.raises(EngineTimeout):
        await collect(stream)


async def test_can_be_loading() -> None:
    engine = FakeEngine("yes", loading=True)
    assert (await engine.status()).state is EngineState.LOADING
    with pytest.raises(EngineLoading):
        await engine.complete(HELLO)

    engine.finish_loading()
    await engine.ready()

    assert await engine.complete(HELLO) == "yes"


async def collect(stream: AsyncIterator[str]) -> list[str]:
    return [piece async for piece in stream]
