"""kill -9 after a send and before its receipt is recorded."""

from __future__ import annotations

import pytest

from botcore.endings import OFFER
from tests.fakes.bot_process import BotProcess
from tests.fakes.platform import Fault, Platform
from tests.faults.databases import on_both_in_time


@on_both_in_time
async def test_an_answer_that_may_have_arrived_is_flagged_not_sent_again_and_can_be_called_up(
    platform: Platform, bot: BotProcess
) -> None:
    bot.settings["adapters.loopback"] = {"stream_mode": "final"}
    await bot.start()
    platform.faults.append(Fault(seconds_after=600))
    question = platform.post("hello")
    await platform.until(lambda: bool(platform.answers_to(question)), "a send")

    await bot.kill()
    await bot.start()

    next_answer = await platform.until_answered(platform.post("are you there?"))
    assert next_answer == f"re: are you there?\n\n{OFFER}"
    assert len(platform.answers_to(question)) == 1
    assert await platform.until_answered(platform.post("/missed")) == "re: hello"
    assert "Nothing is missing" in await platform.until_answered(platform.post("/missed"))


@pytest.mark.slow
async def test_an_answer_that_never_arrived_can_be_called_up_too(platform: Platform, bot: BotProcess) -> None:
    bot.settings["adapters.loopback"] = {"stream_mode": "final"}
    await bot.start()
    platform.faults.append(Fault(seconds_before=600))
    question = platform.post("hello")
    await platform.until(lambda: bool(platform.calls), "a send")

    await bot.kill()
    await bot.start()

    assert await platform.until_answered(platform.post("/missed")) == "re: hello"
    assert not platform.answers_to(question)
