"""A second SIGTERM, or the grace period over."""

from __future__ import annotations

import asyncio
from signal import SIGTERM

import pytest

from tests.fakes.bot_process import BotProcess
from tests.fakes.platform import Platform
from tests.fakes.script import question, whole_answer

CHATS = [f"chat-{number}" for number in range(4)]
ASKED = question("long", words=100, pace=0.05)


@pytest.fixture
async def answering(platform: Platform, bot: BotProcess) -> list[str]:
    """Messages that a bot is in the middle of answering."""
    bot.settings["bot"] = {"grace_seconds": 3600}
    await bot.start()
    asked = [platform.post(ASKED, chat=chat) for chat in CHATS]
    await platform.until(lambda: all(map(platform.answers_to, asked)), "a beginning of every answer")
    return asked


async def test_a_second_one_ends_it_at_once_and_nothing_is_lost(
    platform: Platform, bot: BotProcess, answering: list[str]
) -> None:
    for _ in range(20):  # two that come together would be one to the process
        if bot.is_running:
            bot.signal(SIGTERM)
            await asyncio.sleep(0.1)

    await bot.wait()
    assert not any(map(platform.answer_to, answering))

    await bot.start()
    for message in answering:
        assert await platform.until_answered(message) == whole_answer(ASKED)
        assert len([m for m in platform.answers_to(message) if m.is_final]) == 1


@pytest.mark.slow
async def test_what_the_grace_period_was_too_short_for_is_answered_after_the_restart(
    platform: Platform, bot: BotProcess
) -> None:
    bot.settings["bot"] = {"grace_seconds": 0.2}
    await bot.start()
    asked = [platform.post(ASKED, chat=chat) for chat in CHATS]
    await platform.until(lambda: all(map(platform.answers_to, asked)), "a beginning of every answer")

    bot.signal(SIGTERM)
    assert await bot.wait() == 0
    await bot.start()

    for message in asked:
        assert await platform.until_answered(message) == whole_answer(ASKED)
    assert len(platform.messages) == len(CHATS)
