"""From what Slack tells to what the core commits."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Protocol

import structlog

from botcore import (
    Accepted,
    Author,
    ChatMoved,
    ConversationKey,
    Deleted,
    Event,
    HistoryPage,
    InboundEvent,
    OutcomeUnknown,
    Pressed,
    Receive,
    Refused,
    RetryLater,
    Submitted,
)
from botcore.errors import FormRefused
from botcore_slack.attachments import Attachments
from botcore_slack.calling import Calling
from botcore_slack.completing import Completer
from botcore_slack.connection import Clients
from botcore_slack.drawing import Drawing, Surfaces
from botcore_slack.envelopes import Answer, Body, Kind
from botcore_slack.events import HomeOpened, NamesChanged, PaneOpened, Post, Revision, read_event
from botcore_slack.history import History
from botcore_slack.interactions import Asked, Clicked, read_command, read_interaction
from botcore_slack.members import Members
from botcore_slack.names import Names
from botcore_slack.origin import Facts, Origin, Who, origin_of, text_of
from botcore_slack.settings import SlackSettings
from botcore_slack.short_lived import ShortLived
from botcore_slack.telling import Teller
from botcore_slack.threads import Threads

log = structlog.get_logger(__name__)

LOOK_SECONDS = 0.8  # for finding out whether the bot is where somebody calls it
CORE_SECONDS = 0.3  # for the core to say what became of a press that it could not commit
NOT_READY = "The bot is not ready yet."
NOT_IN = (
    "I am not in this conversation, so I can't read or answer here. Invite me with `/invite`, or write to me "
    "in a direct message."
)
NOT_ALLOWED = (
    "I don't answer in this channel yet. An owner or admin of mine can allow it by typing "
    "`/botcore access allow` here; whoever runs me, with `botcore access`."
)


class Forms(Protocol):
    """Reads what people filled in."""

    def submitted(self, body: Body, tenant: str, author: Author) -> Submitted | None: ...

    def refused(self, body: Body, error: FormRefused) -> Answer:
        """Return what is shown in the form."""
        ...


class Receiver:
    """Takes what Slack brings; whatever has to be committed is when `handle` returns."""

    def __init__(
        self,
        clients: Clients,
        settings: SlackSettings,
        *,
        short_lived: ShortLived,
        surfaces: Surfaces | None = None,
        forms: Forms | None = None,
    ) -> None:
        self._clients = clients
        self._short_lived = short_lived
        self._drawing = Drawing(surfaces)
        self._forms = forms
        self.names = Names(clients)
        self.calling = Calling(self.names)
        self.members = Members(clients, self.names)
        self.threads = Threads(clients)
        self.teller = Teller(clients, short_lived, self.threads)
        attachments = Attachments(clients, settings.base_url, settings.file_kilobytes * 1024)
        self._completer = Completer(self.names, attachments)
        self._history = History(clients, self._completer, commercial=settings.commercial)
        self._commands: Collection[str] = ()
        # Of the messages that are just being brought in, by their workspace and key.
        self._files: dict[tuple[str, str], Sequence[Facts]] = {}
        self.receive: Receive | None = None  # set while the adapter runs

    def show_commands(self, commands: Collection[str]) -> None:
        """Hear which commands there are."""
        self._commands = commands

    async def handle(self, kind: Kind, body: Body) -> Answer:
        """Commit what a body tells, and return what Slack is answered; raise when it was not committed."""
        origin = origin_of(body)
        if origin is None:
            log.warning("body_of_no_workspace", kind=kind)
            return None
        try:
            account = await self._clients.account(origin.tenant)
        except Refused:
            log.warning("workspace_not_installed", tenant=origin.tenant)
            return None
        origin = replace(
            origin,
            bot_user=origin.bot_user or account.user_id,
            enterprise=origin.enterprise or account.enterprise,
        )
        self.threads.note(origin.tenant, body)
        self.calling.heard_by(account)
        if kind is Kind.EVENT:
            await self._handle_event(body, origin)
            return None
        if body.get("type") == "view_submission":
            return await self._handle_form(body, origin)
        read = read_command if kind is Kind.COMMAND else read_interaction
        done = read(body, origin, self._commands)
        if isinstance(done, Clicked):
            await self._handle_click(done, origin)
        return await self._handle_asked(done, origin, kind) if isinstance(done, Asked) else None

    async def is_told(self, body: Body) -> bool:
        """Tell whether the core has told, or tells at once, what became of a press that was not committed."""
        if (origin := origin_of(body)) is None:
            return False
        done = read_interaction(body, origin, self._commands)
        return isinstance(done, Clicked) and await self.teller.is_answered(
            origin.tenant, done.id, CORE_SECONDS
        )

    async def read_files(self, event: InboundEvent) -> InboundEvent:
        """Return a message that is just being brought in with its files read."""
        files = self._files.get((event.key.tenant, event.dedupe_key))
        return await self._completer.with_files(event, files) if files else event

    async def fetch_history(self, key: ConversationKey, cursor: str) -> HistoryPage:
        """Return a page of what was said in a channel or thread."""
        return await self._history.fetch(key, cursor, self._commands)

    async def close(self) -> None:
        """End what is still being drawn or asked for."""
        await self._drawing.close()
        await self.calling.close()

    async def _handle_event(self, body: Body, origin: Origin) -> None:
        try:
            heard = read_event(body, origin, bot_user=origin.bot_user)
        except Exception as error:  # what can't be read today can't be tomorrow, and others wait behind it
            log.error("event_not_understood", tenant=origin.tenant, error=type(error).__name__)
            return
        if isinstance(heard, NamesChanged):
            self.names.forget(heard.tenant, heard.id)
        elif isinstance(heard, HomeOpened | PaneOpened):
            self._drawing.opened(heard)
        elif isinstance(heard, Post):
            await self._handle_post(heard, origin)
        elif heard is not None:
            await self._bring_in(await self._completed(heard, origin))

    async def _handle_post(self, post: Post, origin: Origin) -> None:
        event = await self._completer.message(post, origin, self._commands)
        place = (origin.tenant, event.dedupe_key)
        self._files[place] = post.files
        try:
            await self._bring_in(event)
        finally:
            self._files.pop(place, None)

    async def _completed(self, heard: Revision | Deleted | ChatMoved, origin: Origin) -> Event:
        if isinstance(heard, Deleted | ChatMoved):
            return heard
        return await self._completer.revision(heard, origin, self._commands)

    async def _handle_click(self, click: Clicked, origin: Origin) -> None:
        for its_id in (click.id, click.message) if click.alone else (click.id,):
            self._short_lived.remember(origin.tenant, its_id, click.handle)
        author, _ = await self._completer.author(click.who, origin)
        now = datetime.now(UTC)
        pressed = Pressed(click.key, click.id, click.message, author, click.button, now, click.direct)
        if self.receive is None:
            raise RetryLater(NOT_READY)
        await self.receive(pressed)

    async def _handle_asked(self, asked: Asked, origin: Origin, kind: Kind) -> Answer:
        self._short_lived.remember(origin.tenant, asked.id, asked.handle)
        if not asked.key.chat:
            asked = replace(asked, key=await self._direct_key(asked))
        # At once, since Slack waits for three seconds in all.
        is_here, event = await asyncio.gather(self._is_here(asked), self._completer.asked(asked, origin))
        if not is_here:
            return await self._say(asked, NOT_IN, kind)
        if await self._bring_in(event) is Accepted.DENIED and not asked.direct:
            return await self._say(asked, NOT_ALLOWED, kind)
        return None

    async def _handle_form(self, body: Body, origin: Origin) -> Answer:
        if self._forms is None:
            return None
        user = body.get("user") or {}
        name = text_of(user.get("username")) or text_of(user.get("name"))
        who = Who(text_of(user.get("id")), text_of(user.get("team_id")), name)
        author, _ = await self._completer.author(who, origin)
        submitted = self._forms.submitted(body, origin.tenant, author)
        if submitted is None:
            return None
        try:
            await self._bring_in(submitted)
        except FormRefused as error:
            return self._forms.refused(body, error)
        return None

    async def _bring_in(self, event: Event) -> Accepted:
        if self.receive is None:
            raise RetryLater(NOT_READY)
        accepted = await self.receive(event)
        if accepted is Accepted.NEW and isinstance(event, InboundEvent):
            self._drawing.will_answer(event)
        return accepted

    async def _direct_key(self, asked: Asked) -> ConversationKey:
        return replace(asked.key, chat=await self.members.direct_channel(asked.key.tenant, asked.who.user))

    async def _is_here(self, asked: Asked) -> bool:
        """Tell whether the bot can answer where it is called; when Slack does not say so in time, it may."""
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                return await self.members.is_bot_in(asked.key.tenant, asked.key.chat)
        except Refused:
            return False
        except (RetryLater, OutcomeUnknown, TimeoutError):
            return True

    async def _say(self, asked: Asked, text: str, kind: Kind) -> Answer:
        """Tell who called the bot something at once: of a shortcut Slack takes no text with its answer."""
        if kind is Kind.COMMAND:
            return {"response_type": "ephemeral", "text": text}
        await self.teller.tell(asked.key, asked.id, text)
        return None
