"""`botcore run` on the loopback Slack, as a process that is to be killed."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests.fakes.bot_process import BotProcess
from tests.fakes.slack import App, Slack, Team
from tests.fakes.telegram_process import let_everybody_in


class SlackMeeting:
    """A Slack, and which process of the bot has reached it."""

    def __init__(self, slack: Slack) -> None:
        self.slack = slack
        self.port = slack.port
        self.bot_pid: int | None = None

    async def until(self, condition: Callable[[], bool], what: str, seconds: float = 60.0) -> None:
        await self.slack.until(condition, what, seconds)


class SlackProcess(BotProcess):
    """One data folder and the processes that own it. Everybody in the workspaces may talk to the bot."""

    def __init__(self, folder: Path, slack: Slack, app: App, *teams: Team) -> None:
        """`teams`: the first is the one whose token the bot has."""
        super().__init__(folder, SlackMeeting(slack))
        self.slack = slack
        self.app = app
        self.teams = teams
        self.listen = ""  # by HTTP
        self.environment["BOTCORE_SLACK__TOKEN"] = app.bot_token(teams[0])
        self.environment["BOTCORE_SLACK__APP_TOKEN"] = app.app_token
        self._opened_before = 0
        self._is_open = False

    def use_http(self) -> str:
        """Have events brought to an address instead of through sockets; return it."""
        with socket.socket() as server:
            server.bind(("127.0.0.1", 0))
            self.listen = f"127.0.0.1:{server.getsockname()[1]}"
        del self.environment["BOTCORE_SLACK__APP_TOKEN"]
        self.environment["BOTCORE_SLACK__SIGNING_SECRET"] = self.app.deliveries.signing_secret
        self.app.events_url = f"http://{self.listen}/slack/events"
        return self.app.events_url

    async def start(self, environment: Mapping[str, str] | None = None) -> None:
        """Start a process and wait until it has a socket, or listens."""
        if not self._is_open:
            for team in self.teams:
                await let_everybody_in(self, team.id, "slack")
            self._is_open = True
        await super().start(environment)

    def launch(self, environment: Mapping[str, str] | None = None) -> None:
        self._opened_before = self.app.deliveries.sockets.opened
        super().launch(environment)

    @property
    def has_arrived(self) -> bool:
        if not self.is_running:
            return False
        if self.listen:
            return listens(self.listen)
        return self.app.deliveries.sockets.opened > self._opened_before

    def adapter_tables(self) -> dict[str, dict[str, Any]]:
        table: dict[str, Any] = {"base_url": self.slack.base_url}
        if self.listen:
            table |= {"mode": "http", "listen": self.listen}
        return {
            "access.member": {"messages_per_hour": 0, "tokens_per_day": 0},
            "adapters.slack": table,
        }


def listens(address: str) -> bool:
    """Whether somebody takes connections at an address."""
    host, _, port = address.partition(":")
    try:
        with socket.create_connection((host, int(port)), timeout=0.2):
            return True
    except OSError:
        return False
