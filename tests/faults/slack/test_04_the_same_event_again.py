"""The same event 2 to 4 times, at once, after a while, over two sockets, and to another process."""

from __future__ import annotations

import asyncio

from tests.fakes.slack import App, Person, Slack
from tests.fakes.slack_answers import texts, until_answered
from tests.fakes.slack_process import SlackProcess

QUIET_SECONDS = 1.0


async def test_one_turn_and_one_reply(slack: Slack, app: App, ana: Person, bot: SlackProcess) -> None:
    bot.settings["adapters.slack"] = {"sockets": 2}
    await bot.start()
    await slack.until(lambda: len(app.deliveries.sockets.open) == 2, "two sockets")
    asked = ana.write("hello", app)
    [first] = app.deliveries.all
    app.deliveries.again(first)
    app.deliveries.again(first, new_event_id=True)
    await until_answered(slack, app, asked, "re: hello")
    heard = [len(socket.sent) for socket in app.deliveries.sockets.open]
    await bot.kill()
    app.deliveries.again(first, new_event_id=True)  # as after five minutes
    await bot.start()

    await slack.until(lambda: not app.deliveries.pending, "an acknowledgement of all")
    await asyncio.sleep(QUIET_SECONDS)

    assert all(heard), "one socket heard nothing"
    assert texts(slack, app, asked) == ["re: hello"]
    assert bot.rows("select count(*) from inbox") == [(1,)]
