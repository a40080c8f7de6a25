"""The adapter: one workspace by its token, or many that have installed the app."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import NoReturn

import stamina
import structlog

from botcore import (
    AdapterSetup,
    Capabilities,
    ConversationKey,
    DeliveryError,
    HistoryPage,
    InboundEvent,
    OpenForm,
    Outgoing,
    Pressed,
    PrivateAnswers,
    Receipt,
    Receive,
    StreamMode,
    Tables,
)
from botcore.markup import TextUnit
from botcore_slack.connection import Clients, silence_libraries
from botcore_slack.departures import watching
from botcore_slack.dispatching import Dispatcher
from botcore_slack.envelopes import PLATFORM
from botcore_slack.http_server import HttpServer
from botcore_slack.introducing import QUESTIONS, introduce
from botcore_slack.modals import Modals
from botcore_slack.oauth import Installing
from botcore_slack.receiving import Receiver
from botcore_slack.rendering import LONGEST
from botcore_slack.sender import Sender
from botcore_slack.settings import SlackSettings
from botcore_slack.short_lived import ShortLived
from botcore_slack.sockets import SocketMode
from botcore_slack.subscriptions import Subscriptions
from botcore_slack.surfaces import SlackSurfaces

log = structlog.get_logger(__name__)

SECONDS = 1.0  # between two messages or edits in one channel
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0  # before another try to reach Slack


class SlackAdapter:
    """Listens on sockets, or for Slack's calls."""

    name = PLATFORM
    settings = SlackSettings
    questions = QUESTIONS
    introduce = staticmethod(introduce)
    capabilities = Capabilities(
        stream_mode=StreamMode.STREAM,
        edit_interval=SECONDS,
        max_chars=LONGEST,
        unit=TextUnit.UTF16,
        files=True,
        buttons=True,
        forms=True,
        private=PrivateAnswers.EPHEMERAL,
    )

    def __init__(self, setup: AdapterSetup) -> None:
        silence_libraries()
        self._settings = SlackSettings.model_validate(setup.settings)
        self.clients = Clients(self._settings)
        self.short_lived = ShortLived()
        self._surfaces = SlackSurfaces(self.clients)
        self._modals = Modals(self.clients, self.short_lived)
        self.receiver = Receiver(
            self.clients,
            self._settings,
            short_lived=self.short_lived,
            surfaces=self._surfaces,
            forms=self._modals,
        )
        self._sender = Sender(
            self.clients,
            self.short_lived.response_url,
            threads=self.receiver.threads,
            stream=self._settings.stream,
        )
        self._installing: Installing | None = None  # where workspaces install the app themselves
        self._subscriptions = Subscriptions()
        self._trouble = ""

    @property
    def trouble(self) -> str:
        """What keeps the bot from hearing anything."""
        return self._trouble or self.clients.accounts.trouble or self._subscriptions.trouble

    def use_tables(self, tables: Tables) -> None:
        """Keep there what workspaces give the app when they install it."""
        if self._settings.has_many:
            self._installing = Installing(self._settings, self.clients, tables)

    async def run(self, receive: Receive) -> None:
        """Bring in what Slack tells; raise `ConfigError` when it does not accept a token."""
        self.receiver.receive = receive
        await self._reach()
        handle = self._subscriptions.watch(self.receiver.handle)
        handle = watching(self.clients.accounts, handle)
        dispatcher = Dispatcher(self.clients, handle, self.receiver.is_told)
        server = HttpServer(self._settings.address)
        if (secret := self._settings.signing_secret) and self._settings.transport == "http":
            server.serve_events(secret.get_secret_value(), dispatcher)
        if self._installing:
            server.serve_pages(self._installing.install, self._installing.redirect)
        async with server:
            await self._listen(dispatcher)

    async def create(self, message: Outgoing) -> Receipt:
        if not message.only_for:  # what one person sees takes no sign away
            self._surfaces.signs.end(message.key)
        return await self._sender.create(message)

    async def turn_over(self, key: ConversationKey, message_id: str) -> None:
        """Hear that nothing more will answer this message."""
        await self._surfaces.signs.over(key)

    async def edit(self, receipt: Receipt, message: Outgoing) -> Receipt | None:
        return await self._sender.edit(receipt, message)

    async def delete(self, receipt: Receipt) -> None:
        await self._sender.delete(receipt)

    async def find_sent(self, message: Outgoing, since: datetime) -> Receipt | None:
        """Look for a message whose sending nobody saw the end of."""
        return await self._sender.find_sent(message, since)

    async def direct_chat(self, key: ConversationKey, user_id: str) -> ConversationKey:
        """Return where somebody can be written to alone."""
        return await self._sender.direct_chat(key, user_id)

    async def link_to(self, key: ConversationKey, message_id: str) -> str:
        """Return the address of a message."""
        return await self._sender.link_to(key, message_id)

    def stream_mode(self, key: ConversationKey) -> StreamMode:
        """Return how an answer appears in a channel or thread."""
        return self._sender.stream_mode(key)

    async def close(self) -> None:
        """Let go of the connections."""
        self._surfaces.signs.end_all()
        await self.receiver.close()
        await self.clients.close()

    def show_commands(self, commands: Mapping[str, str]) -> None:
        """Hear which commands there are: Slack keeps a leading slash to itself, so they are typed without."""
        self.receiver.show_commands(commands)
        self._surfaces.show_commands(commands)

    def command_prefix(self, key: ConversationKey) -> str:
        """Return what people type before a command's name in a channel or thread."""
        return self.receiver.calling.prefix(key)

    async def is_member(self, key: ConversationKey, user_id: str) -> bool:
        """Tell whether somebody is in a channel now."""
        return await self.receiver.members.is_member(key, user_id)

    async def read_files(self, event: InboundEvent) -> InboundEvent:
        """Return a message with what its files hold."""
        return await self.receiver.read_files(event)

    async def fetch_history(self, key: ConversationKey, cursor: str) -> HistoryPage:
        """Return a page of what was said in a channel or thread."""
        return await self.receiver.fetch_history(key, cursor)

    async def answer_press(self, pressed: Pressed, notice: str) -> None:
        """Tell who pressed a button what the core has to say."""
        await self.receiver.teller.answer_press(pressed, notice)

    async def open_form(self, event: Pressed | InboundEvent, form: OpenForm) -> None:
        """Open a form before whoever pressed a button or typed a command."""
        await self._modals.open(event, form)

    def tell(self, trouble: str) -> None:
        """Keep what is wrong, for the operator, and log it once; empty when all is well again."""
        if trouble and trouble != self._trouble:
            log.error("slack_in_trouble", why=trouble)
        elif self._trouble and not trouble:
            log.info("slack_well_again")
        self._trouble = trouble

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
        """Learn who the bot is, however long Slack is not to be reached."""
        async for attempt in stamina.retry_context(
            on=DeliveryError, attempts=None, timeout=None, wait_initial=FIRST_PAUSE, wait_max=LONGEST_PAUSE
        ):
            with attempt:
                try:
                    await self.clients.accounts.open()
                except DeliveryError as error:
                    self.tell(f"Slack can't be reached ({error})")
                    raise
        self.tell("")
