"""The database is down while something from Slack is to be persisted."""

from __future__ import annotations

import asyncio

import pytest

from tests.fakes.database_trouble import database_down, holding_commits
from tests.fakes.slack import App, Channel, Person, Slack
from tests.fakes.slack_answers import answers, texts, until_answered
from tests.fakes.slack_process import SlackProcess
from tests.faults.databases import on_both_in_time

INBOX = "select count(*) from inbox"
SLACKS_PATIENCE = 3.0  # seconds


@on_both_in_time
async def test_an_event_is_not_acknowledged_and_comes_again(
    slack: Slack, app: App, ana: Person, bot: SlackProcess
) -> None:
    app.deliveries.ack_seconds, app.deliveries.pauses = 1.0, (0.0,) + (1.0,) * 20
    await bot.start()
    async with database_down(bot):
        asked = ana.write("hello", app)
        [delivery] = app.deliveries.all
        await slack.until(lambda: delivery.tries >= 2, "two deliveries in vain")
        was_acknowledged = delivery.acked

    assert not was_acknowledged
    await until_answered(slack, app, asked, "re: hello")
    await slack.until(lambda: not app.deliveries.pending, "an acknowledgement")
    assert texts(slack, app, asked) == ["re: hello"]
    assert bot.rows(INBOX) == [(1,)]


async def test_by_http_it_is_a_503(slack: Slack, app: App, ana: Person, bot: SlackProcess) -> None:
    bot.use_http()
    app.deliveries.ack_seconds = 20.0  # the answer is to be seen, however long SQLite waits for its lock
    await bot.start()
    async with database_down(bot):
        asked = ana.write("hello", app)
        await slack.until(lambda: bool(app.deliveries.attempts), "an answer")
        _, status = app.deliveries.attempts[0]

    assert status == 503
    await until_answered(slack, app, asked, "re: hello")
    assert bot.rows(INBOX) == [(1,)]


async def test_of_what_does_not_come_again_its_sender_hears_that_nothing_came_of_it(
    slack: Slack, app: App, ana: Person, general: Channel, bot: SlackProcess
) -> None:
    """A command and a press: an error in time, and nothing half done."""
    await bot.start()
    asked = ana.write("offer", app)
    await slack.until(lambda: any(m.labels for m in answers(slack, app, asked)), "a button")
    await slack.until(
        lambda: bot.rows("select count(*) from outbox where state = 'delivered'") == [(1,)], "it"
    )
    before = bot.rows(INBOX)
    [message] = [m for m in answers(slack, app, asked) if m.labels]

    async with holding_commits(bot):
        typed = ana.command(app, "/botcore", "hold 0", app)
        pressed = ana.press(message, "Hold")
        for delivery in (typed, pressed):
            async with asyncio.timeout(SLACKS_PATIENCE + 2):
                await delivery.done.wait()
        await slack.until(lambda: len(_told(ana, app)) >= 2, "a word about both", 10)

    assert all("again" in text for text in _told(ana, app))
    await asyncio.sleep(1.0)
    assert bot.rows(INBOX) == before
    assert message.labels, "the button is still there, to be pressed again"
    await ana.press(message, "Hold").taken()
    await until_answered(slack, app, asked, "held by a button")


async def test_a_form_stays_open_and_can_be_sent_again(
    slack: Slack, app: App, ana: Person, bot: SlackProcess
) -> None:
    await bot.start()
    await ana.command(app, "/botcore", "lunch").taken()
    await slack.until(lambda: bool(ana.views()), "a form")
    [view] = ana.views()
    [field] = [block for block in view.body["blocks"] if block["type"] == "input"]
    filled = {
        field["block_id"]: {field["element"]["action_id"]: {"type": "plain_text_input", "value": "the park"}}
    }
    before = bot.rows(INBOX)

    async with holding_commits(bot):
        sent = ana.submit(view, filled)
        async with asyncio.timeout(SLACKS_PATIENCE + 2):
            answer = await sent.taken()
        rows = bot.rows(INBOX)

    assert answer["response_action"] == "errors"
    assert "again" in str(answer["errors"])
    assert (view.is_open, rows) == (True, before)
    await ana.submit(view, filled).taken()
    assert not view.is_open
    await slack.until(lambda: _said(slack, app, ana).count("lunch: the park") == 1, "what it asked for")
    await asyncio.sleep(1.0)
    assert _said(slack, app, ana).count("lunch: the park") == 1


def _said(slack: Slack, app: App, ana: Person) -> list[str]:
    return [message.shown for message in slack.said_by(app, ana.channel(app))]


def _told(ana: Person, app: App) -> list[str]:
    """Return what only Ana was shown."""
    return [message.shown for message in ana.sees(app) if message.only_for]


pytestmark = pytest.mark.timeout(180)
