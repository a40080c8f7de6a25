"""The clock jumps by three days, either way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from signal import SIGTERM

import pytest

from tests.fakes.bot_process import BotProcess
from tests.fakes.platform import Platform
from tests.fakes.script import question, whole_answer

LIBRARIES = [*Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")]
THREE_DAYS = 3 * 24 * 3600.0
ASKED = question("long", words=60, pace=0.05)


@dataclass(frozen=True)
class Clock:
    """A process' clock, which a file sets."""

    file: Path

    def jump(self, seconds: float) -> None:
        self.file.write_text(f"{seconds:+.0f}")


@pytest.fixture
def clock(bot: BotProcess) -> Clock:
    """The clock of a bot."""
    if not LIBRARIES:
        pytest.skip("needs libfaketime: apt-get install libfaketime")
    bot.folder.mkdir()
    clock = Clock(bot.folder / "clock")
    clock.jump(0)
    bot.settings["bot"] = {"grace_seconds": 0}
    bot.environment |= {
        "LD_PRELOAD": str(LIBRARIES[0]),
        "FAKETIME_TIMESTAMP_FILE": str(clock.file),
        "FAKETIME_NO_CACHE": "1",
        "DONT_FAKE_MONOTONIC": "1",
    }
    return clock


@pytest.mark.parametrize("jump", [pytest.param(THREE_DAYS, marks=pytest.mark.slow), -THREE_DAYS])
async def test_what_runs_what_waits_and_what_is_to_be_tried_again_is_answered(
    platform: Platform, bot: BotProcess, clock: Clock, jump: float
) -> None:
    await bot.start()
    running = platform.post(ASKED, chat="one")
    waiting = platform.post("behind it", chat="one")
    failing = platform.post("/raise", chat="two")
    following = platform.post("after it", chat="two")
    await platform.until(lambda: bool(platform.answers_to(running)), "a beginning of the answer")
    await platform.until(lambda: platform.unacknowledged == 0, "an acknowledgement of everything")

    clock.jump(jump)

    assert await platform.until_answered(running) == whole_answer(ASKED)
    assert await platform.until_answered(waiting) == "re: behind it"
    assert "Sorry" in await platform.until_answered(failing)
    assert await platform.until_answered(following) == "re: after it"
    assert await platform.until_answered(platform.post("now?", chat="three")) == "re: now?"
    assert _hours_between_the_first_message_and_the_last(bot) == pytest.approx(jump / 3600, abs=1)


@pytest.mark.slow
@pytest.mark.parametrize("jump", [THREE_DAYS, -THREE_DAYS])
async def test_it_jumps_while_the_bot_is_down(
    platform: Platform, bot: BotProcess, clock: Clock, jump: float
) -> None:
    """What an earlier process held is free at once: whose it is depends on no clock.

    Nobody can tell such a jump from a downtime of three days, after which nothing would be answered.
    """
    bot.settings["bot"] = {**bot.settings["bot"], "expires_seconds": 10 * THREE_DAYS}
    await bot.start()
    asked = platform.post(ASKED)
    await platform.until(lambda: bool(platform.answers_to(asked)), "a beginning of the answer")
    bot.signal(SIGTERM)
    await bot.wait()

    clock.jump(jump)
    await bot.start()

    assert await platform.until_answered(asked) == whole_answer(ASKED)
    assert await platform.until_answered(platform.post("now?")) == "re: now?"


def _hours_between_the_first_message_and_the_last(bot: BotProcess) -> float:
    moments = [
        datetime.fromisoformat(row[0]) for row in bot.rows("select received_at from inbox order by id")
    ]
    return (moments[-1] - moments[0]).total_seconds() / 3600
