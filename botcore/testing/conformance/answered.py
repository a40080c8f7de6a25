"""What people see of a whole bot that uses the adapter: each question answered once, in order, whole."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import pytest

from botcore.adapter import FindsSent
from botcore.testing.conformance.answering import answer, question
from botcore.testing.conformance.bot import running_bot
from botcore.testing.conformance.meeting import lacks
from botcore.testing.platform import Platform
from botcore.testing.troubles import Cuts, Fails, Floods, LimitsPace, Redelivers

SECONDS = 40.0  # for an answer: some platforms take a message a second
SLOW = question("word", words=30, pace=0.05)


class AnsweredContract:
    """Part of `AdapterContract`."""

    async def test_a_message_that_comes_again_is_answered_once(self, platform: Platform) -> None:
        if not isinstance(platform, Redelivers):
            lacks(platform, Redelivers)
        async with running_bot(platform, answers="whole"):
            await platform.post("hello")
            await _until(platform, lambda: platform.shown() == ["re: hello"])
            for _ in range(3):
                await platform.redeliver()
            await platform.post("again")
            await _until(platform, lambda: "re: again" in platform.shown())

        assert platform.shown() == ["re: hello", "re: again"], "the same post needs the same `dedupe_key`"

    async def test_an_answer_is_whole_after_every_trouble_on_its_way(self, platform: Platform) -> None:
        """429 at its beginning, and 5xx and a broken connection while it grows."""
        if not (isinstance(platform, Floods) and isinstance(platform, Fails) and isinstance(platform, Cuts)):
            lacks(platform, Floods)
        async with running_bot(platform):
            await platform.post("hello")
            await _until(platform, lambda: platform.shown() == ["re: hello"])
            platform.flood(1.0)
            await platform.post(SLOW)
            await _until(platform, lambda: len(platform.shown()) == 2)
            if answer(SLOW) not in platform.shown():  # a call that changes a message may be repeated
                platform.fail()
                platform.cut(after_effect=False)
            await _until(platform, lambda: answer(SLOW) in platform.shown())
            await platform.post("the last")
            await _until(platform, lambda: "re: the last" in platform.shown())

        assert platform.shown() == ["re: hello", answer(SLOW), "re: the last"]

    async def test_an_answer_that_may_have_arrived_is_not_sent_again(self, platform: Platform) -> None:
        if not isinstance(platform, Cuts):
            lacks(platform, Cuts)
        async with running_bot(platform, answers="whole"):
            await platform.post("first")
            await _until(platform, lambda: platform.shown() == ["re: first"])
            platform.cut(after_effect=True)
            await platform.post("hello")
            await _until(platform, lambda: len(platform.shown()) > 1)
            await platform.post("again")
            await _until(platform, lambda: any(text.startswith("re: again") for text in platform.shown()))

        assert platform.shown()[:2] == ["re: first", "re: hello"]
        assert len(platform.shown()) == 3
        assert isinstance(platform.adapter, FindsSent) or "/missed" in platform.shown()[2]

    async def test_a_long_answer_goes_on_in_further_messages(self, platform: Platform) -> None:
        limits = platform.adapter.capabilities.limits
        if limits is None:
            pytest.skip("its messages have no end")
        asked = question("word", words=limits.max_chars // 4)
        async with running_bot(platform):
            await platform.post(asked)
            await _until(platform, lambda: " ".join(platform.shown()) == answer(asked))

        assert len(platform.shown()) > 1

    @pytest.mark.slow
    async def test_the_limits_of_the_platform_are_kept_unasked(self, platform: Platform) -> None:
        """So declare an `edit_interval` and a `burst` that it takes."""
        if not isinstance(platform, LimitsPace):
            lacks(platform, LimitsPace)
        platform.limit_pace()
        asked = question("long", words=80, pace=0.1)
        async with running_bot(platform):
            await platform.post(asked)
            await _until(platform, lambda: answer(asked) in platform.shown())

        assert platform.refusals() <= 1


async def _until(platform: Platform, condition: Callable[[], bool]) -> None:
    ends = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < ends, f"after {SECONDS:.0f} s the bot's messages are {platform.shown()}"
        await asyncio.sleep(0.01)
