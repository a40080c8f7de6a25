"""5xx, connection reset, half-open connections."""

from __future__ import annotations

import pytest

from tests.fakes.faults import NO_FAULT
from tests.fakes.slack import App, Fault, Person, Slack
from tests.fakes.slack_answers import texts, until_answered
from tests.fakes.slack_process import SlackProcess


async def test_what_did_not_get_through_is_sent_again_and_once(
    slack: Slack, app: App, ana: Person, bot: SlackProcess
) -> None:
    await bot.start()
    slack.faults.add(Fault(code=503), "chat.postMessage", times=2)
    asked = ana.write("hello", app)

    await until_answered(slack, app, asked, "re: hello")

    assert [call.code for call in slack.calls_of("chat.postMessage")] == [503, 503, 200]
    assert texts(slack, app, asked) == ["re: hello"]


@pytest.mark.slow
@pytest.mark.parametrize("fault", [Fault(code=500), Fault(code_after=500)])
async def test_what_slack_failed_at_is_looked_for_before_it_is_sent_again(
    slack: Slack, app: App, ana: Person, bot: SlackProcess, fault: Fault
) -> None:
    bot.settings["adapters.slack"] = {"stream": "final"}
    await bot.start()
    slack.faults.add(fault, "chat.postMessage")
    asked = ana.write("hello", app)
    await until_answered(slack, app, asked, "re: hello")
    await until_answered(slack, app, ana.write("again", app), "re: again")

    assert texts(slack, app, asked) == ["re: hello", "re: again"]


async def test_a_broken_socket_is_opened_anew(slack: Slack, app: App, ana: Person, bot: SlackProcess) -> None:
    await bot.start()
    slack.faults.add(Fault(code=503), "apps.connections.open")
    slack.faults.add(Fault(cut_before=True), "apps.connections.open")
    for socket in app.deliveries.sockets.open:
        socket.abort()
    asked = ana.write("hello", app)

    await until_answered(slack, app, asked, "re: hello")
    assert texts(slack, app, asked) == ["re: hello"]


@pytest.mark.slow
async def test_a_half_open_socket_is_noticed(slack: Slack, app: App, ana: Person, bot: SlackProcess) -> None:
    app.deliveries.pauses = (0.0, 5.0, 20.0, 20.0)
    await bot.start()
    for socket in app.deliveries.sockets.open:
        socket.freeze()

    asked = ana.write("hello", app)

    await until_answered(slack, app, asked, "re: hello", seconds=100)
    assert texts(slack, app, asked) == ["re: hello"]


@pytest.mark.slow
async def test_a_slack_that_is_away_at_the_start_is_waited_for(
    slack: Slack, app: App, ana: Person, bot: SlackProcess
) -> None:
    slack.faults.choose = lambda method: Fault(code=502)
    bot.launch()
    await slack.until(lambda: len(slack.calls) >= 2, "two attempts", 90)
    assert bot.is_running
    slack.faults.choose = lambda method: NO_FAULT

    await slack.until(lambda: bool(app.deliveries.sockets.open), "a socket", 90)
