"""1,000 messages at once on one model slot."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.engine.conftest import tiny_model
from tests.fakes.bot_process import BotProcess
from tests.fakes.platform import BotMessage, Platform

__all__ = ["tiny_model"]  # a fixture

GROWTH_MEBIBYTES = 100.0
PLACE = re.compile(r"Waiting: (you are next|\d+ before you)")


@pytest.fixture
async def one_slot(bot: BotProcess, platform: Platform, tiny_model: Path) -> BotProcess:
    """A bot whose model gives one answer at a time."""
    bot.settings |= {
        "bot": {"answerer": "chat"},
        "engine": {"use": "llama", "model": str(tiny_model), "threads": 1, "slots": 1, "answer_tokens": 500},
        "log": {"level": "info"},
    }
    await bot.start()
    await platform.until_answered(platform.post("to begin with"))
    return bot


@pytest.mark.parametrize(
    ("greedy", "modest", "each", "told"),
    [
        pytest.param(90, 10, 2, 1, id="some"),  # who does not wait long need not be told
        pytest.param(600, 40, 10, 40, id="a thousand", marks=[pytest.mark.slow, pytest.mark.timeout(900)]),
    ],
)
async def test_memory_is_bounded_people_are_told_and_served_fairly(
    platform: Platform, one_slot: BotProcess, greedy: int, modest: int, each: int, told: int
) -> None:
    """One person floods the bot from many rooms; then others ask a few questions each."""
    before = one_slot.resident_mebibytes
    flood = [platform.post(f"flood {n}", chat=f"flooded-{n % 30}", author="greedy") for n in range(greedy)]
    others = [
        platform.post(f"question {n}", chat=f"of-{person}", author=f"modest-{person}")
        for n in range(each)
        for person in range(modest)
    ]

    for message in others:
        await platform.until_answered(message, seconds=300)
    answered_by_then = sum(platform.answer_to(message) is not None for message in flood)
    growth = one_slot.resident_mebibytes - before
    for message in flood:
        await platform.until_answered(message, seconds=300)

    assert answered_by_then < greedy, "the flood, which came first, does not hold up the others"
    assert growth < GROWTH_MEBIBYTES
    assert sum(map(_told_its_place, platform.messages.values())) >= told
    assert len(platform.messages) == 1 + greedy + len(others), "one answer each"
    assert one_slot.is_running


@pytest.mark.slow
async def test_more_than_may_wait_are_refused_with_an_estimate(
    platform: Platform, one_slot: BotProcess
) -> None:
    await one_slot.kill()
    one_slot.settings["bot"] = {"answerer": "chat", "max_waiting": 20}
    await one_slot.start()
    asked = [platform.post(f"question {n}", chat=f"chat-{n % 3}", author="ana") for n in range(60)]

    answers = [await platform.until_answered(message) for message in asked]

    refused = [answer for answer in answers if answer.startswith("20 messages wait for me")]
    assert 0 < len(refused) < len(asked)
    assert all("Please ask again" in answer for answer in refused)


def _told_its_place(message: BotMessage) -> bool:
    return any(PLACE.search(version.text) for version in message.versions)
