"""How fast a whole bot answers on Slack, beside a bare one of slack-bolt's without a database.

    python bench/routing.py --slack [--messages N] [--runs N] [--json FILE]

Both are processes that listen on sockets of the loopback Slack of the tests, which runs here with the people
on it. Both answer by one message, without previews, to as many people at once and over as many connections.
They run by turns. Then our bot streams answers into threads of a Slack that takes one message a second in a
channel: the time from the last word of the model's to the final edit is told by the answer itself.
"""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bench.bots import beside_bare
from bench.bots.beside_bare import (
    HERE,
    PACE,
    SECONDS_A_WORD,
    STREAMED_WORDS,
    STREAMS,
    WARM_UP,
    bare_process,
    our_settings,
    ready_at,
)
from bench.bots.crowd import Crowd, Person
from bench.bots.echo_plugin import COUNT
from botcore_slack.connection import CONNECTIONS
from tests.fakes.slack import App, Message, Slack, Team
from tests.fakes.slack_process import SlackProcess

BARE = Path(__file__).parent / "bots" / "bare_slack_bot.py"


def crowd_on(slack: Slack, app: App, team: Team, concurrency: int) -> Crowd:
    """Return people who write to an app in their direct messages."""

    def person(number: int) -> Person:
        one = slack.person(f"Person {number}", team)
        channel = one.channel(app)
        return channel.id, lambda text: one.write(text, channel)

    crowd = Crowd(person, concurrency)
    slack.on_message = lambda message: crowd.hear(message.channel.id)
    return crowd


class OnSlack:
    """The loopback Slack with one of the two bots on it."""

    platform = "slack"
    concurrency = CONNECTIONS

    async def rate(self, messages: int, *, ours: bool) -> float:
        async with Slack() as slack:
            team = slack.team()
            app = slack.app(team)
            async with self._ours(slack, app, team, "final") if ours else self._bare(slack, app, team):
                crowd = crowd_on(slack, app, team, self.concurrency)
                await crowd.write(WARM_UP)
                return round(await crowd.write(messages), 1)

    async def final_edits(self) -> tuple[list[float], int]:
        async with Slack() as slack:
            slack.pace.interval, slack.pace.burst = PACE, 2
            team = slack.team()
            app = slack.app(team)
            async with self._ours(slack, app, team, "native"):
                asked = f"{app.mention(team)} {COUNT} {STREAMED_WORDS} {SECONDS_A_WORD}"
                people = [slack.person(f"Person {number}", team) for number in range(STREAMS)]
                channels = [slack.channel(f"room-{n}", one, app) for n, one in enumerate(people)]
                for person, channel in zip(people, channels, strict=True):
                    person.write(asked, channel)

                def finals() -> list[Message]:
                    said = [message for channel in channels for message in slack.said_by(app, channel)]
                    return [m for m in said if ready_at(m.shown) and m.stream_began is None]

                await slack.until(lambda: len(finals()) == STREAMS, "a whole answer to everybody")
                seconds = [m.versions[-1].at - (ready_at(m.shown) or 0.0) for m in finals()]
                return seconds, sum(call.code == 429 for call in slack.calls)

    @asynccontextmanager
    async def _ours(self, slack: Slack, app: App, team: Team, stream: str) -> AsyncIterator[None]:
        with tempfile.TemporaryDirectory(prefix="botcore-bench-", dir=HERE) as folder:
            bot = SlackProcess(Path(folder), slack, app, team)
            bot.settings |= our_settings("slack", stream)
            async with bot:
                yield

    @asynccontextmanager
    async def _bare(self, slack: Slack, app: App, team: Team) -> AsyncIterator[None]:
        tokens = {"BOT_TOKEN": app.bot_token(team), "APP_TOKEN": app.app_token}
        async with bare_process(BARE, slack.base_url, str(self.concurrency), **tokens):
            await slack.until(lambda: bool(app.deliveries.sockets.open), "a socket of the bare bot's")
            yield


def run(messages: int, runs: int, file: Path | None) -> None:
    """Measure, print, and write a file if one is asked for."""
    beside_bare.run(OnSlack(), messages, runs, file)


if __name__ == "__main__":
    beside_bare.main(OnSlack(), __doc__)
