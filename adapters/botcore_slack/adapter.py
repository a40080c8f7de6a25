"""The adapter: one workspace by its token, or many that have installed the app."""

from __future__ import annotations

import asyncio
from typing import NoReturn

import stamina
import structlog

from botcore import (
    AdapterSetup,
    Capabilities,
    DeliveryError,
    Outgoing,
    Receipt,
    Receive,
    RetryLater,
    StreamMode,
)
from botcore_slack.connection import Clients, OneAccount, silence_libraries
from botcore_slack.dispatching import Dispatcher
from botcore_slack.envelopes import PLATFORM, Answer, Body, Kind
from botcore_slack.errors import translated
from botcore_slack.http_server import HttpServer
from botcore_slack.settings import SlackSettings
from botcore_slack.sockets import SocketMode

log = structlog.get_logger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0  # before another try to reach Slack


class SlackAdapter:
    """Listens on sockets, or for Slack's calls."""

    name = PLATFORM
    settings = SlackSettings
    capabilities = Capabilities(stream_mode=StreamMode.EDIT, max_chars=3900)

    def __init__(self, setup: AdapterSetup) -> None:
        silence_libraries()
        self._settings = SlackSettings.model_validate(setup.settings)
        self.clients = Clients(self._settings)
        self._trouble = ""

    @property
    def trouble(self) -> str:
        """What keeps the bot from hearing anything."""
        return self._trouble

    async def run(self, receive: Receive) -> None:
        """Bring in what Slack tells; raise `ConfigError` when it does not accept a token."""
        await self._reach()
        dispatcher = Dispatcher(self.clients, self._hear)
        server = HttpServer(self._settings.address)
        if secret := self._settings.signing_secret:
            server.serve_events(secret.get_secret_value(), dispatcher)
        async with server:
            await self._listen(dispatcher)

    async def create(self, message: Outgoing) -> Receipt:
        client = await self.clients.client(message.key.tenant)
        with translated():
            sent = await client.chat_postMessage(
                channel=message.key.chat, text=message.text, thread_ts=message.key.thread or None
            )
        return Receipt(str(sent["ts"]), f"{message.key.tenant}/{sent['channel']}")

    async def edit(self, receipt: Receipt, message: Outgoing) -> None:
        client = await self.clients.client(message.key.tenant)
        with translated():
            await client.chat_update(channel=message.key.chat, ts=receipt.message_id, text=message.text)

    async def delete(self, receipt: Receipt) -> None:
        tenant, _, channel = receipt.place.partition("/")
        client = await self.clients.client(tenant)
        with translated():
            await client.chat_delete(channel=channel, ts=receipt.message_id)

    async def close(self) -> None:
        """Let go of the connections."""
        await self.clients.close()

    def tell(self, trouble: str) -> None:
        """Keep what is wrong, for the operator, and log it once; empty when all is well again."""
        if trouble and trouble != self._trouble:
            log.error("slack_in_trouble", why=trouble)
        elif self._trouble and not trouble:
            log.info("slack_well_again")
        self._trouble = trouble

    async def _hear(self, kind: Kind, body: Body) -> Answer:
        return None

    async def _listen(self, dispatcher: Dispatcher) -> NoReturn:
        token = self._settings.app_token
        if self._settings.transport == "socket" and token:
            sockets = SocketMode(
                self.clients, token.get_secret_value(), dispatcher, self._settings.sockets, self.tell
            )
            await sockets.run()
        await asyncio.Event().wait()
        raise AssertionError("unreachable: nobody sets that event")

    async def _reach(self) -> None:
        """Learn who the bot is in its one workspace, however long Slack is not to be reached."""
        if not isinstance(self.clients.accounts, OneAccount):
            return
        async for attempt in stamina.retry_context(
            on=DeliveryError, attempts=None, timeout=None, wait_initial=FIRST_PAUSE, wait_max=LONGEST_PAUSE
        ):
            with attempt:
                try:
                    await self.clients.accounts.open()
                except RetryLater:
                    self.tell("Slack can't be reached")
                    raise
        self.tell("")
