"""`message` and `app_mention` for the same post."""

from __future__ import annotations

import asyncio

from tests.fakes.slack import App, Channel, Person, Slack, Team
from tests.fakes.slack_answers import texts, until_answered
from tests.fakes.slack_process import SlackProcess

QUIET_SECONDS = 1.0


async def test_one_reply_in_the_thread_below_it(
    slack: Slack, app: App, team: Team, ana: Person, general: Channel, bot: SlackProcess
) -> None:
    await bot.start()
    asked = ana.write(f"{app.mention(team)} hello", general)
    await until_answered(slack, app, asked, "re: hello")
    app.deliveries.hold()
    other = ana.write(f"{app.mention(team)} and the other way round", general)
    app.deliveries.swap()
    app.deliveries.release()
    await until_answered(slack, app, other, "re: and the other way round")

    await slack.until(lambda: not app.deliveries.pending, "an acknowledgement of all")
    await asyncio.sleep(QUIET_SECONDS)

    assert len(texts(slack, app, asked)) == len(texts(slack, app, other)) == 1
    assert bot.rows("select count(*) from inbox") == [(2,)]
