"""The clock jumps by three days: Slack's calls look too old, and none is lost for that."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.slack import App, Person, Slack
from tests.fakes.slack_answers import until_answered
from tests.fakes.slack_process import SlackProcess

LIBRARIES = [*Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")]
THREE_DAYS = 3 * 24 * 3600


@pytest.mark.slow
@pytest.mark.parametrize("jump", [THREE_DAYS, -THREE_DAYS])
async def test_a_signature_out_of_its_window_is_refused_until_the_clock_is_right(
    slack: Slack, app: App, ana: Person, bot: SlackProcess, jump: int
) -> None:
    if not LIBRARIES:
        pytest.skip("needs libfaketime: apt-get install libfaketime")
    bot.folder.mkdir()
    clock = bot.folder / "clock"
    clock.write_text("+0")
    bot.environment |= {
        "LD_PRELOAD": str(LIBRARIES[0]),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_NO_CACHE": "1",
        "DONT_FAKE_MONOTONIC": "1",
    }
    bot.use_http()
    app.deliveries.pauses = (0.5,) * 60
    await bot.start()
    clock.write_text(f"{jump:+d}")

    asked = ana.write("hello", app)

    await slack.until(lambda: len(app.deliveries.attempts) >= 2, "Slack was refused twice")
    assert {status for _, status in app.deliveries.attempts} == {401}
    assert bot.rows("select count(*) from message") == [(0,)]
    clock.write_text("+0")
    await until_answered(slack, app, asked, "re: hello")
