"""The clock jumps by three days, either way: the window of Slack's signatures is honoured."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.fakes.slack import App, Person, Slack
from tests.fakes.slack.http_delivery import post_signed
from tests.fakes.slack_answers import texts, until_answered
from tests.fakes.slack_process import SlackProcess

LIBRARIES = [*Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")]
THREE_DAYS = 3 * 24 * 3600


def jump_to(clock: Path, seconds: int) -> None:
    """Set a clock to so many seconds from the true time."""
    clock.write_text(f"{seconds:+}")


@pytest.fixture
def clock(bot: SlackProcess) -> Path:
    """The file that sets the clock of a bot."""
    if not LIBRARIES:
        pytest.skip("needs libfaketime: apt-get install libfaketime")
    bot.folder.mkdir()
    clock = bot.folder / "clock"
    jump_to(clock, 0)
    bot.environment |= {
        "LD_PRELOAD": str(LIBRARIES[0]),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_NO_CACHE": "1",
        "DONT_FAKE_MONOTONIC": "1",
    }
    return clock


@pytest.mark.parametrize("jump", [THREE_DAYS, pytest.param(-THREE_DAYS, marks=pytest.mark.slow)])
async def test_what_is_signed_at_another_time_than_the_bots_is_refused_and_comes_again(
    slack: Slack, app: App, ana: Person, bot: SlackProcess, clock: Path, jump: int
) -> None:
    url = bot.use_http()
    app.deliveries.pauses = (0.1,) * 100
    await bot.start()
    before = ana.write("before", app)
    await until_answered(slack, app, before, "re: before")

    jump_to(clock, jump)
    asked = ana.write("hello", app)
    await slack.until(lambda: 401 in [status for _, status in app.deliveries.attempts], "a refusal")
    replayed = {**app.deliveries.all[0].payload, "event_id": "Ev1"}
    old = await post_signed(url, "events_api", replayed, app.signing_secret, int(time.time()))
    jump_to(clock, 0)

    await until_answered(slack, app, asked, "re: hello")
    assert old.status == 401
    assert texts(slack, app, before) == ["re: before", "re: hello"]
    assert bot.rows("select count(*) from inbox") == [(2,)]
