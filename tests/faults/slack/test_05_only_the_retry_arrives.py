"""The original never arrived, only the retry (`X-Slack-Retry-Num`)."""

from __future__ import annotations

import pytest

from tests.fakes.slack import App, Person, Slack
from tests.fakes.slack_answers import until_answered
from tests.fakes.slack_process import SlackProcess


async def test_it_is_processed_by_http(slack: Slack, app: App, ana: Person, bot: SlackProcess) -> None:
    bot.use_http()
    app.deliveries.lose_originals = True
    await bot.start()

    asked = ana.write("hello", app)

    await until_answered(slack, app, asked, "re: hello")
    assert [delivery.tries for delivery in app.deliveries.all[:1]] == [2]


@pytest.mark.slow
async def test_it_is_processed_by_a_socket(slack: Slack, app: App, ana: Person, bot: SlackProcess) -> None:
    app.deliveries.lose_originals = True
    await bot.start()

    asked = ana.write("hello", app)

    await until_answered(slack, app, asked, "re: hello")
    [envelope] = [e for socket in app.deliveries.sockets.open for e in socket.sent if "hello" in str(e)][:1]
    assert (envelope["retry_attempt"], envelope["retry_reason"]) == (1, "timeout")
