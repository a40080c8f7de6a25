"""kill -9 after a send and before its receipt is recorded."""

from __future__ import annotations

import pytest

from tests.fakes.slack import App, Fault, Person, Slack
from tests.fakes.slack_answers import texts, until_answered
from tests.fakes.slack_process import SlackProcess

DELIVERED = "select count(*) from outbox where state = 'delivered'"
UNKNOWN = "select count(*) from outbox where state = 'unknown'"


@pytest.fixture(autouse=True)
def all_at_once(bot: SlackProcess) -> None:
    bot.settings["adapters.slack"] = {"stream": "final"}


async def test_it_is_found_again_and_not_sent_twice(
    slack: Slack, app: App, ana: Person, bot: SlackProcess
) -> None:
    await bot.start()
    slack.faults.add(Fault(seconds_after=600), "chat.postMessage")
    asked = ana.write("hello", app)
    await until_answered(slack, app, asked, "re: hello")

    await bot.kill()
    await bot.start()

    ana.write("are you there?", app)
    await slack.until(lambda: len(texts(slack, app, asked)) == 2, "an answer to that too")
    await slack.until(lambda: bot.rows(DELIVERED) == [(2,)], "both receipts")
    assert texts(slack, app, asked) == ["re: hello", "re: are you there?"]


@pytest.mark.slow
async def test_what_never_got_there_is_sent(slack: Slack, app: App, ana: Person, bot: SlackProcess) -> None:
    """The connection breaks off before the effect: it is looked for, and is not there."""
    await bot.start()
    slack.faults.add(Fault(cut_before=True), "chat.postMessage")

    asked = ana.write("hello", app)

    await until_answered(slack, app, asked, "re: hello")
    assert texts(slack, app, asked) == ["re: hello"]


@pytest.mark.slow
async def test_what_can_not_be_looked_for_is_called_up(
    slack: Slack, app: App, ana: Person, bot: SlackProcess
) -> None:
    """As on a server that speaks like Slack and has no history."""
    slack.unknown_methods = {"conversations.history"}
    await bot.start()
    slack.faults.add(Fault(cut_after=True), "chat.postMessage")
    asked = ana.write("hello", app)
    await slack.until(lambda: bot.rows(UNKNOWN) == [(1,)], "doubt")

    ana.write("missed", app)

    await slack.until(lambda: texts(slack, app, asked).count("re: hello") == 2, "what may be missing")
