"""kill -9 before something is due, and while it is done."""

from __future__ import annotations

import asyncio
from signal import SIGKILL

import pytest

from tests.fakes.bot_process import BotProcess
from tests.fakes.platform import Platform
from tests.faults.databases import on_both_in_time

RUNS = "select count(*) from inbox where message_id is null"
OPEN = "select count(*) from inbox where state in ('waiting', 'running')"
UNKNOWN = "select count(*) from outbox where state = 'unknown'"


@pytest.mark.slow
@on_both_in_time
async def test_it_is_done_once(platform: Platform, bot: BotProcess) -> None:
    await bot.start()
    for number, seconds in enumerate((2, 4, 6)):
        asked = platform.post(f"/later {seconds} number {number}", chat=f"chat-{number}")
        assert await platform.until_answered(asked) == "planned"
    bot.signal(SIGKILL)
    await bot.wait()
    await bot.start()
    await platform.until(lambda: bot.rows(RUNS) >= [(1,)], "the first run")
    for _ in range(3):
        bot.signal(SIGKILL)
        await bot.wait()
        await bot.start()
        await asyncio.sleep(1.5)

    await platform.until(lambda: bot.rows(RUNS) == [(3,)] and bot.rows(OPEN) == [(0,)], "all three")
    [(unknown,)] = bot.rows(UNKNOWN)
    assert len(set(_said(platform))) == len(_said(platform)) >= 3 - unknown


def _said(platform: Platform) -> list[str]:
    """Return what was said of what was planned, without what else a message may say."""
    lines = [message.text.partition("\n")[0] for message in platform.messages.values()]
    return [line for line in lines if line.startswith("as planned")]
