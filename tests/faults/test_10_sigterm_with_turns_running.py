"""SIGTERM while turns are running."""

from __future__ import annotations

from signal import SIGTERM

import pytest

from tests.fakes.bot_process import BotProcess
from tests.fakes.platform import Platform
from tests.fakes.script import question, whole_answer
from tests.faults.databases import on_both_in_time

CHATS = [f"chat-{number}" for number in range(6)]
STATES = "select state, epoch is null, count(*) from inbox group by 1, 2 order by 1"


@on_both_in_time
async def test_what_runs_is_finished_and_what_waits_is_left_for_the_next_start(
    platform: Platform, bot: BotProcess
) -> None:
    await bot.start()
    running = [platform.post(question(f"first-{chat}", words=40, pace=0.05), chat=chat) for chat in CHATS]
    waiting = [platform.post(f"second of {chat}", chat=chat) for chat in CHATS]
    await platform.until(lambda: all(map(platform.answers_to, running)), "a beginning of every answer")
    await platform.until(lambda: platform.unacknowledged == 0, "an acknowledgement of everything")

    bot.signal(SIGTERM)

    assert await bot.wait() == 0
    assert [platform.answer_to(m) for m in running] == [whole_answer(platform.posts[m].text) for m in running]
    assert not any(map(platform.answers_to, waiting))
    assert bot.rows(STATES) == [("done", 1, len(CHATS)), ("waiting", 1, len(CHATS))]

    await bot.start()
    for message in waiting:
        assert await platform.until_answered(message) == f"re: {platform.posts[message].text}"
    assert len(platform.messages) == 2 * len(CHATS)


@pytest.mark.slow
async def test_a_message_that_comes_while_it_leaves_is_not_lost(platform: Platform, bot: BotProcess) -> None:
    await bot.start()
    running = platform.post(question("long", words=40, pace=0.05))
    await platform.until(lambda: bool(platform.answers_to(running)), "a beginning of the answer")

    bot.signal(SIGTERM)
    late = platform.post("too late?", chat="another room")

    assert await bot.wait() == 0
    await bot.start()
    assert await platform.until_answered(late) == "re: too late?"
    assert len(platform.answers_to(late)) == 1


async def test_what_does_not_end_within_the_grace_period_is_given_back(
    platform: Platform, bot: BotProcess
) -> None:
    bot.settings["bot"] = {"grace_seconds": 0.5}
    await bot.start()
    platform.post("/hold 3600")
    await platform.until(lambda: bot.rows(STATES) == [("running", 0, 1)], "a running turn")

    bot.signal(SIGTERM)

    assert await bot.wait() == 0
    assert bot.rows(STATES) == [("waiting", 1, 1)]
    assert bot.rows("select failures, crashes from inbox") == [(0, 0)]
