"""A long time of traffic leaves the bot's memory where it was."""

from __future__ import annotations

import statistics

import pytest

from tests.fakes.bot_process import BotProcess
from tests.fakes.platform import Platform
from tests.fakes.traffic import Traffic

MINUTES = 10
GROWTH = 1.05


@pytest.mark.slow
@pytest.mark.timeout(1200)
async def test_ten_minutes_of_traffic_leave_it_flat(platform: Platform, bot: BotProcess) -> None:
    traffic = Traffic(platform, bot, seed=1, conversations=16)

    memory = await traffic.in_peace(MINUTES * 60)
    verdict = await traffic.verdict()

    minute = len(memory) // MINUTES
    early, late = statistics.median(memory[minute : 2 * minute]), statistics.median(memory[-minute:])
    assert late < early * GROWTH, f"{early:.1f} MiB became {late:.1f} MiB"
    assert (verdict.losses, verdict.doubles, verdict.order_violations) == (0, 0, 0), verdict
