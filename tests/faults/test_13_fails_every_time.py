"""A message that fails every time."""

from __future__ import annotations

import pytest

from botcore.middleware import APOLOGY
from botcore.store.closing import CRASH_APOLOGY
from botcore.store.inbox import MAX_CRASHES
from botcore.turns import MAX_FAILURES
from tests.fakes.bot_process import BotProcess
from tests.fakes.platform import Platform
from tests.faults.databases import on_both

INBOX = "select state, failures, crashes from inbox order by id"


@on_both
async def test_it_is_given_up_its_sender_told_once_and_the_next_message_answered(
    platform: Platform, bot: BotProcess
) -> None:
    await bot.start()
    failing = platform.post("/raise")
    following = platform.post("hello")

    assert await platform.until_answered(following) == "re: hello"
    [told] = platform.answers_to(failing)
    assert told.text == f"Half of it\n\n{APOLOGY}"
    assert bot.rows(INBOX) == [("dead", MAX_FAILURES, 0), ("done", 0, 0)]


@pytest.mark.slow
@on_both
async def test_one_that_takes_the_process_down_is_given_up_too(platform: Platform, bot: BotProcess) -> None:
    await bot.start()
    deadly = platform.post("/die")
    following = platform.post("hello")
    for _ in range(MAX_CRASHES):
        assert await bot.wait() == -9
        await bot.start()

    assert await platform.until_answered(following) == "re: hello"
    [told] = platform.answers_to(deadly)
    assert told.text == CRASH_APOLOGY
    assert bot.rows(INBOX) == [("dead", 0, MAX_CRASHES), ("done", 0, 0)]
