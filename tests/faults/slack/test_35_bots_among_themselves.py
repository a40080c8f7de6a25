"""The bot is shown its own messages, or another bot's."""

from __future__ import annotations

import asyncio

from slack_sdk.web.async_client import AsyncWebClient

from tests.fakes.slack import App, Channel, Person, Slack, Team
from tests.fakes.slack_answers import texts, until_answered
from tests.fakes.slack_process import SlackProcess

QUIET_SECONDS = 1.5


async def test_two_bots_do_not_talk_for_ever(
    slack: Slack, app: App, team: Team, ana: Person, general: Channel, bot: SlackProcess
) -> None:
    """Slack tells a bot of all its own messages, edits and streams too."""
    other = slack.app(team, name="other")
    ana.invite(other, general)
    await bot.start()
    asked = ana.write(f"{app.mention(team)} hello", general)
    await until_answered(slack, app, asked, "re: hello")
    client = AsyncWebClient(other.bot_token(team), base_url=slack.base_url)
    for thread in (None, asked.ts):
        await client.chat_postMessage(
            channel=general.id, text=f"{app.mention(team)} and you?", thread_ts=thread
        )
    direct = ana.write("hello", app)
    await until_answered(slack, app, direct, "re: hello")
    await slack.until(lambda: not app.deliveries.pending, "an acknowledgement of all")
    await asyncio.sleep(QUIET_SECONDS)

    own = [d for d in app.deliveries.all if d.payload["event"].get("user") == app.bot_user(team).id]
    assert own, "it was told of its own messages"
    assert texts(slack, app, asked) == texts(slack, app, direct) == ["re: hello"]
    assert bot.rows("select count(*) from inbox") == [(2,)]
