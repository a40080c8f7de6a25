"""kill -9 in the middle of a streamed reply."""

from __future__ import annotations

import pytest

from tests.fakes.bot_process import BotProcess
from tests.fakes.platform import Fault, Platform
from tests.fakes.script import question, whole_answer

ASKED = question("long", words=60, pace=0.05)


async def test_the_same_message_is_finished_when_its_receipt_was_stored(
    platform: Platform, bot: BotProcess
) -> None:
    await bot.start()
    asked = platform.post(ASKED)
    await platform.until(lambda: _versions(platform, asked) > 2, "an edit, so the receipt is stored")

    await bot.kill()
    await bot.start()

    assert await platform.until_answered(asked) == whole_answer(ASKED)
    assert len(platform.messages) == 1


@pytest.mark.slow
async def test_otherwise_there_is_one_new_message(platform: Platform, bot: BotProcess) -> None:
    await bot.start()
    platform.faults.append(Fault(seconds_after=600))
    asked = platform.post(ASKED)
    await platform.until(lambda: _versions(platform, asked) == 1, "a preview whose receipt is on its way")

    await bot.kill()
    await bot.start()
    await platform.until(lambda: any(m.is_final for m in platform.answers_to(asked)), "an answer")

    fragment, answer = platform.answers_to(asked)
    assert not fragment.is_final
    assert answer.text == whole_answer(ASKED)


@pytest.mark.slow
async def test_a_second_kill_makes_no_second_message(platform: Platform, bot: BotProcess) -> None:
    await bot.start()
    asked = platform.post(ASKED)
    for _ in range(3):
        await _some_edits(platform, asked)
        await bot.kill()
        await bot.start()

    assert await platform.until_answered(asked) == whole_answer(ASKED)
    assert len(platform.messages) == 1


async def _some_edits(platform: Platform, asked: str) -> None:
    seen = _versions(platform, asked)
    await platform.until(lambda: _versions(platform, asked) > seen + 2, "some edits")


def _versions(platform: Platform, asked: str) -> int:
    return sum(len(message.versions) for message in platform.answers_to(asked))
