"""The database is down while something from Slack is to be persisted."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from botcore.presses import NOT_TAKEN
from botcore_slack.failing import SORRY
from tests.fakes.database_trouble import database_down, holding_commits
from tests.fakes.slack import App, Person, Slack, View
from tests.fakes.slack_answers import answers, texts, until_answered
from tests.fakes.slack_process import SlackProcess
from tests.faults.databases import on_both_in_time

INBOX = "select count(*) from inbox"
DELIVERED = "select count(*) from outbox where state = 'delivered'"
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
    slack: Slack, app: App, ana: Person, bot: SlackProcess
) -> None:
    """A command, a press and a form: an error in time, nothing half done, and another try works."""
    await bot.start()
    asked = ana.write("offer", app)
    await slack.until(lambda: any(m.labels for m in answers(slack, app, asked)), "a button")
    await slack.until(lambda: bot.rows(DELIVERED) == [(1,)], "its receipt")
    [message] = [m for m in answers(slack, app, asked) if m.labels]
    await ana.command(app, "/botcore", "lunch").taken()
    await slack.until(lambda: bool(ana.views()), "a form")
    [form] = ana.views()
    before = bot.rows(INBOX)

    async with holding_commits(bot):
        sent = ana.submit(form, _filled(form, "the park"))
        for delivery in (ana.command(app, "/botcore", "hold 0"), ana.press(message, "Hold"), sent):
            async with asyncio.timeout(SLACKS_PATIENCE + 2):
                await delivery.done.wait()
        await slack.until(lambda: len(_told(ana, app)) >= 2, "a word about both", 10)
        rows = bot.rows(INBOX)

    assert sorted(_told(ana, app)) == sorted([SORRY, NOT_TAKEN])  # of the command, and of the press
    assert "again" in str(sent.answer["errors"])
    assert rows == before
    assert (message.labels, form.is_open) == (["Hold"], True)
    await ana.press(message, "Hold").taken()
    await ana.submit(form, _filled(form, "the park")).taken()
    for done in ("held by a button", "lunch: the park"):
        await slack.until(lambda done=done: done in _said(slack, app, ana), done)  # type: ignore[misc]
    said = _said(slack, app, ana)
    assert (said.count("lunch: the park"), said.count("held"), form.is_open) == (1, 0, False)


def _filled(form: View, place: str) -> dict[str, Any]:
    [field] = [block for block in form.body["blocks"] if block["type"] == "input"]
    typed = {"type": "plain_text_input", "value": place}
    return {field["block_id"]: {field["element"]["action_id"]: typed}}


def _said(slack: Slack, app: App, ana: Person) -> list[str]:
    return [message.shown for message in slack.said_by(app, ana.channel(app))]


def _told(ana: Person, app: App) -> list[str]:
    """Return what only Ana was shown."""
    return [message.shown for message in ana.sees(app) if message.only_for]


pytestmark = pytest.mark.timeout(180)
