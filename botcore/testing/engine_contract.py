"""What every engine must do, as tests."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from botcore.engine import Engine, EngineState, ModelMessage, Options
from botcore.errors import ContextTooLong, EngineTimeout

QUESTION = [ModelMessage.system("You are a helpful assistant."), ModelMessage.user("Tell a long story.")]
GREEDY = Options(temperature=0, max_tokens=40)


class EngineContract:
    """Run it over an engine of yours: subclass it and give it a fixture `engine`.

    The engine must be ready, and its answer to any question several pieces long.
    """

    async def test_streams_what_complete_returns(self, engine: Engine) -> None:
        pieces = [piece async for piece in engine.stream(QUESTION, GREEDY)]

        assert len(pieces) > 1
        assert all(pieces)
        assert "".join(pieces) == await engine.complete(QUESTION, GREEDY)

    async def test_fewer_tokens_give_the_beginning(self, engine: Engine) -> None:
        whole = await engine.complete(QUESTION, GREEDY)

        beginning = await engine.complete(QUESTION, Options(temperature=0, max_tokens=2))

        assert whole.startswith(beginning)
        assert len(beginning) < len(whole)

    async def test_ends_before_a_stop_string(self, engine: Engine) -> None:
        whole = await engine.complete(QUESTION, GREEDY)
        middle = len(whole) // 2
        stop = whole[middle : middle + 3]

        options = Options(temperature=0, max_tokens=40, stop=(stop, "never said"))

        assert await engine.complete(QUESTION, options) == whole[: whole.index(stop)]

    async def test_closing_early_frees_the_model(self, engine: Engine) -> None:
        async with aclosing(engine.stream(QUESTION, Options(temperature=0))) as pieces:
            await anext(pieces)
            assert (await engine.status()).running == 1

        assert await falls_idle(engine)

    async def test_cancelling_the_reader_frees_the_model(self, engine: Engine) -> None:
        reader = asyncio.create_task(engine.complete(QUESTION, Options(temperature=0)))
        await asyncio.sleep(0)
        reader.cancel()

        with pytest.raises(asyncio.CancelledError):
            await reader
        assert await falls_idle(engine)

    async def test_answers_several_at_once(self, engine: Engine) -> None:
        alone = await engine.complete(QUESTION, GREEDY)

        assert await asyncio.gather(*(engine.complete(QUESTION, GREEDY) for _ in range(5))) == [alone] * 5

    async def test_gives_up_at_the_deadline(self, engine: Engine) -> None:
        with pytest.raises(EngineTimeout):
            await engine.complete(QUESTION, Options(temperature=0, deadline=0.0))

    async def test_counts_what_is_said(self, engine: Engine) -> None:
        short = await engine.count([ModelMessage.user("one two")])
        longer = await engine.count([ModelMessage.user("one two three four five six")])
        two = await engine.count([ModelMessage.user("one two"), ModelMessage.assistant("three")])

        assert 0 < short < longer
        assert short < two

    async def test_limits_leave_room_for_the_prompt(self, engine: Engine) -> None:
        limits = await engine.limits()

        assert 0 < limits.answer_tokens < limits.context_tokens

    async def test_refuses_what_does_not_fit(self, engine: Engine) -> None:
        limits = await engine.limits()

        with pytest.raises(ContextTooLong):
            await engine.complete([ModelMessage.user("word " * (limits.context_tokens + 1))], GREEDY)

    async def test_says_that_it_is_ready(self, engine: Engine) -> None:
        await engine.ready()

        status = await engine.status()
        assert status.state is EngineState.READY
        assert status.model


async def falls_idle(engine: Engine, within: float = 10.0) -> bool:
    """Whether nothing runs any more, soon."""
    loop = asyncio.get_running_loop()
    ends = loop.time() + within
    while (await engine.status()).running:
        if loop.time() > ends:
            return False
        await asyncio.sleep(0.02)
    return True
