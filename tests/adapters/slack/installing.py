"""A workspace that installs the app, as the contract of adapters sees it."""

from __future__ import annotations

from pathlib import Path

from botcore.adapter import AdapterSetup, Outgoing
from botcore.domain import ConversationKey
from botcore.errors import Refused
from botcore_slack import SlackAdapter
from botcore_slack.keys import new_key
from tests.adapters.slack.connected import free_address, install, listening
from tests.fakes.slack import Slack


class InstallingPlatform:
    """Ana's workspace installs the app of an adapter that serves many."""

    def __init__(self, slack: Slack, folder: Path) -> None:
        self._slack, self._folder = slack, folder
        self._team, self._app = slack.team("Acme"), slack.app()  # installed nowhere yet
        self._ana = slack.person("Ana", self._team)
        self._listen = free_address()
        self._key = new_key()
        self.adapter = self._new_adapter()

    async def post(self, text: str) -> None:
        self._ana.write(text, self._app)

    def shown(self) -> list[str]:
        return [message.shown for message in self._slack.said_by(self._app, self._ana.channel(self._app))]

    def unacknowledged(self) -> int:
        return len(self._app.deliveries.pending)

    async def start_again(self) -> None:
        await self.adapter.close()
        self.adapter = self._new_adapter()

    async def give(self) -> None:
        await listening(self._listen)
        status, _ = await install(self._ana, f"http://{self._listen}")
        assert status == 200

    async def is_kept(self) -> bool:
        key = ConversationKey("slack", self._team.id, self._app_channel)
        try:
            await self.adapter.create(Outgoing(key, "still here", final=True))
        except Refused:
            return False
        return True

    @property
    def _app_channel(self) -> str:
        return self._ana.channel(self._app).id if self._app.installations else "D0NOWHERE"

    def _new_adapter(self) -> SlackAdapter:
        table = {
            "client_id": self._app.client_id,
            "client_secret": self._app.client_secret,
            "installation_key": self._key,
            "app_token": self._app.app_token,
            "sockets": 1,
            "listen": self._listen,
            "public_url": f"http://{self._listen}",
            "base_url": self._slack.base_url,
        }
        return SlackAdapter(AdapterSetup(table, self._folder))
