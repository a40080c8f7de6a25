"""kill -9 at random points of live conversations on Telegram."""

from __future__ import annotations

import pytest

from tests.fakes.telegram import BotAccount, Telegram
from tests.fakes.telegram_crowd import TelegramCrowd
from tests.fakes.telegram_process import TelegramProcess
from tests.fakes.traffic import Traffic, Verdict

# A chat takes a message a second, so it takes a while to answer everything.
CALM_SECONDS = 12.0


def is_right(verdict: Verdict) -> bool:
    """Whether everybody got one whole answer, in order, or can call it up."""
    return (
        (verdict.doubles, verdict.losses, verdict.order_violations, verdict.given_up) == (0, 0, 0, 0)
        and verdict.answers + verdict.unknowns >= verdict.questions > 0
        and verdict.kills > 0
    )


@pytest.mark.timeout(300)
async def test_every_question_has_one_answer(
    telegram: Telegram, account: BotAccount, bot: TelegramProcess
) -> None:
    crowd = TelegramCrowd(telegram, account)

    verdict = await Traffic(crowd, bot, seed=7, conversations=4).under_kills(seconds=4)

    assert is_right(verdict), verdict
    assert verdict.fragments <= verdict.cut_creates


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("stream", ["edit", "final"])
async def test_the_same_after_twenty_kills(
    telegram: Telegram, account: BotAccount, bot: TelegramProcess, stream: str
) -> None:
    bot.settings["adapters.telegram"] = {"stream": stream}
    crowd = TelegramCrowd(telegram, account)

    verdict = await Traffic(crowd, bot, seed=20, calm_seconds=CALM_SECONDS).under_kills(kills=20)

    assert verdict.kills >= 20
    assert is_right(verdict), verdict
    assert verdict.fragments <= verdict.cut_creates


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_the_same_when_the_network_breaks_too(
    telegram: Telegram, account: BotAccount, bot: TelegramProcess
) -> None:
    crowd = TelegramCrowd(telegram, account)

    verdict = await Traffic(crowd, bot, seed=8, cuts=True, calm_seconds=CALM_SECONDS).under_kills(kills=6)

    assert is_right(verdict), verdict
