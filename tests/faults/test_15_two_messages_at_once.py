"""Two messages within 10 ms in one conversation."""

from __future__ import annotations

import pytest

from tests.fakes.bot_process import BotProcess
from tests.fakes.engine import SAID_BEFORE
from tests.fakes.platform import Platform
from tests.fakes.script import question, whole_answer
from tests.faults.databases import on_both_in_time

CHATS = [f"chat-{number}" for number in range(10)]


@on_both_in_time
async def test_they_are_answered_in_order_and_histories_are_not_mixed(
    platform: Platform, bot: BotProcess
) -> None:
    await bot.start()
    asked = {
        chat: [
            platform.post(question(f"{chat}-first", words=10, pace=0.02), chat=chat),
            platform.post(question(f"{chat}-second", words=1, pace=0), chat=chat),
        ]
        for chat in CHATS
    }
    for first, second in asked.values():
        await platform.until_answered(second)
        assert platform.answer_to(first) is not None  # it came first
        assert platform.answers_to(first)[0].versions[-1].at <= platform.answers_to(second)[0].versions[-1].at

    for chat in CHATS:
        history = await platform.until_answered(platform.post(SAID_BEFORE, chat=chat))
        said = [platform.posts[message].text for message in asked[chat]]
        assert history == " | ".join(text for asked in said for text in (asked, whole_answer(asked)))


@pytest.mark.slow
async def test_threads_of_one_chat_are_conversations_of_their_own(
    platform: Platform, bot: BotProcess
) -> None:
    await bot.start()
    asked = [platform.post(f"in {thread}", thread=thread) for thread in ("t1", "t2", "t3")]
    for message in asked:
        await platform.until_answered(message)

    for thread in ("t1", "t2", "t3"):
        history = await platform.until_answered(platform.post(SAID_BEFORE, thread=thread))
        assert history == f"in {thread} | re: in {thread}"
