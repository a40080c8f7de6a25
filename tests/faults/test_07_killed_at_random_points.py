"""kill -9 at random points during turns."""

from __future__ import annotations

import pytest

from tests.fakes.bot_process import BotProcess
from tests.fakes.platform import Platform
from tests.fakes.traffic import Traffic, Verdict
from tests.faults.databases import on_both_in_time


def is_right(verdict: Verdict) -> bool:
    """Whether everybody got one whole answer, in order, or can call it up."""
    return (
        (verdict.doubles, verdict.losses, verdict.order_violations, verdict.given_up) == (0, 0, 0, 0)
        and verdict.answers + verdict.unknowns >= verdict.questions > 0
        and verdict.kills > 0
    )


@on_both_in_time
async def test_every_question_has_one_answer_and_no_kill_more_than_one_fragment_a_create(
    platform: Platform, bot: BotProcess
) -> None:
    verdict = await Traffic(platform, bot, seed=7).under_kills(seconds=4)

    assert is_right(verdict), verdict
    assert verdict.fragments <= verdict.cut_creates


@pytest.mark.slow
async def test_the_same_when_the_network_breaks_too(platform: Platform, bot: BotProcess) -> None:
    verdict = await Traffic(platform, bot, seed=8, cuts=True).under_kills(seconds=5)

    assert is_right(verdict), verdict


@pytest.mark.slow
async def test_the_same_when_there_are_no_previews(platform: Platform, bot: BotProcess) -> None:
    """Then every answer is a create that is not to be repeated."""
    bot.settings["adapters.loopback"] = {"stream_mode": "final"}

    verdict = await Traffic(platform, bot, seed=9).under_kills(seconds=5)

    assert is_right(verdict), verdict
    assert verdict.fragments == 0


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", range(3))
async def test_the_same_for_minutes(platform: Platform, bot: BotProcess, seed: int) -> None:
    verdict = await Traffic(platform, bot, seed=seed, conversations=24).under_kills(seconds=120)

    assert is_right(verdict), verdict
    assert verdict.fragments <= verdict.cut_creates
