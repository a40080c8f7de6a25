"""A Slack that stands alone, with you in direct messages: `python -m tests.fakes.slack [PORT]`.

Give a bot the address and the tokens that it prints. A line is a message; `!LABEL` presses a button below the
bot's last message, `#TEXT` mentions the bot in the channel, `>TEXT` writes into the last thread there, and
`/botcore TEXT` is a slash command.
"""

from __future__ import annotations

import asyncio
import sys

from tests.fakes.slack import App, Channel, Message, Person, Slack
from tests.fakes.slack.deliveries import REAL_PAUSES


class Desk:
    """What one types, and what one has seen."""

    def __init__(self, slack: Slack) -> None:
        team = slack.team("Loopback")
        self.slack = slack
        self.app: App = slack.app(team, name="botcore")
        self.app.deliveries.pauses = REAL_PAUSES
        self.you: Person = slack.person("You", team)
        self.direct: Channel = self.you.channel(self.app)
        self.room: Channel = slack.channel("general", self.you, self.app)
        self._thread: Message | None = None
        self._seen: dict[str, int] = {}

    def introduce(self) -> None:
        """Say how a bot comes here."""
        say("[adapters.slack]")
        say(f'base_url = "{self.slack.base_url}"')
        say(f"BOTCORE_SLACK__TOKEN={self.app.bot_token(self.you.team)}")
        say(f"BOTCORE_SLACK__APP_TOKEN={self.app.app_token}")
        say(f"BOTCORE_SLACK__SIGNING_SECRET={self.app.signing_secret}")

    def act(self, line: str) -> None:
        """Do what a line says."""
        mark, rest = line[:1], line[1:].strip()
        if mark == "!":
            self._press(rest)
        elif mark == "#":
            self._thread = self.you.write(f"{self.app.mention(self.you.team)} {rest}", self.room)
        elif mark == ">" and self._thread:
            self.you.write(f"{self.app.mention(self.you.team)} {rest}", self.room, thread=self._thread)
        elif mark == "/":
            command, _, text = line.partition(" ")
            self.you.command(self.app, command, text)
        elif line:
            self.you.write(line, self.app)

    def _press(self, label: str) -> None:
        for message in reversed(self.you.sees(self.direct) + self.you.sees(self.room)):
            if label in message.labels:
                self.you.press(message, label)
                return
        say(f"There is no button “{label}”.")

    async def show(self) -> None:
        """Print each look of what the bot says."""
        while True:
            for place in (self.direct, self.room):
                for message in self.you.sees(place):
                    if message.app_id and self._seen.get(message.ts) != len(message.versions):
                        self._seen[message.ts] = len(message.versions)
                        say(_line(message))
            await asyncio.sleep(0.1)


def _line(message: Message) -> str:
    where = f"#{message.channel.name} " if message.channel.name else ""
    alone = "(only you) " if message.only_for else ""
    labels = "".join(f" [{label}]" for label in message.labels)
    return f"{where}{alone}{message.ts}: {message.shown}{labels}"


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def main() -> None:
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8082
    async with Slack(port=port) as slack:
        desk = Desk(slack)
        desk.introduce()
        showing = asyncio.create_task(desk.show())
        while line := await asyncio.to_thread(sys.stdin.readline):
            desk.act(line.rstrip("\n"))
        showing.cancel()


if __name__ == "__main__":
    asyncio.run(main())
