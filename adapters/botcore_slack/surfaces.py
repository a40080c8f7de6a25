"""What of Slack's is drawn beside messages: the app's Home, the assistant's pane, the sign of work."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from botcore import ConversationKey, DeliveryError, InboundEvent
from botcore_slack.connection import Clients
from botcore_slack.errors import translated
from botcore_slack.events import PaneOpened
from botcore_slack.home import MOST_CHANNELS, home_view
from botcore_slack.prompts import PROMPTS
from botcore_slack.scopes import ASSISTANT
from botcore_slack.working_signs import WorkingSigns

log = structlog.get_logger(__name__)

PROMPTS_TITLE = "What can I do for you?"
KINDS = "public_channel,private_channel"
LONGEST_TITLE = 60  # characters, of a conversation in the pane
REMEMBERED = 10_000  # conversations that have a title
PAGE = 200


class SlackSurfaces:
    """Draws them. None of it is needed to be answered, so what fails is left."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients
        self._commands: Mapping[str, str] = {}
        self._titled: OrderedDict[ConversationKey, None] = OrderedDict()
        self.signs = WorkingSigns(self._show_status)

    def show_commands(self, commands: Mapping[str, str]) -> None:
        """Hear what can be typed, and what each does."""
        self._commands = commands

    async def home_opened(self, tenant: str, user: str) -> None:
        """Draw the Home for somebody who looks at it."""
        with _courtesy("home"):
            client = await self._clients.client(tenant)
            account = await self._clients.account(tenant)
            channels = await self._shared_channels(client, user)
            view = home_view(self._commands, account.user_id, channels)
            with translated():
                await client.views_publish(user_id=user, view=view)

    async def pane_opened(self, opened: PaneOpened) -> None:
        """Suggest something to whoever has opened the assistant's pane."""
        if not opened.is_new:
            return
        known = [prompt for prompt in PROMPTS if prompt.command in self._commands]
        if not known:
            return
        prompts = [{"title": prompt.title, "message": prompt.message} for prompt in known]
        with _courtesy("prompts"):
            client = await self._clients.client(opened.key.tenant)
            with translated():
                await client.assistant_threads_setSuggestedPrompts(
                    channel_id=opened.key.chat,
                    thread_ts=opened.key.thread,
                    title=PROMPTS_TITLE,
                    prompts=prompts,
                )

    async def will_answer(self, event: InboundEvent) -> None:
        """Show that a message is worked on; a conversation in the pane is called by its first."""
        self.signs.begin(event.key, await self._clients.account(event.key.tenant))
        if event.direct and event.key.thread and event.key not in self._titled:
            self._titled[event.key] = None
            while len(self._titled) > REMEMBERED:
                self._titled.popitem(last=False)
            with _courtesy("title"):
                if not await self._is_in_pane(event.key.tenant):
                    return
                client = await self._clients.client(event.key.tenant)
                with translated():
                    await client.assistant_threads_setTitle(
                        channel_id=event.key.chat, thread_ts=event.key.thread, title=_title(event.text)
                    )

    async def _is_in_pane(self, tenant: str) -> bool:
        """Tell whether a workspace has given the app what the pane needs, as far as that was told."""
        scopes = (await self._clients.account(tenant)).scopes
        return not scopes or ASSISTANT in scopes

    async def _show_status(self, key: ConversationKey, status: str) -> None:
        client = await self._clients.client(key.tenant)
        with translated():
            await client.assistant_threads_setStatus(channel_id=key.chat, thread_ts=key.thread, status=status)

    async def _shared_channels(self, client: AsyncWebClient, user: str) -> list[str]:
        """Return the channels in which both the bot and somebody are."""
        with translated():
            own = await client.users_conversations(types=KINDS, exclude_archived=True, limit=PAGE)
            theirs = await client.users_conversations(
                types=KINDS, exclude_archived=True, limit=PAGE, user=user
            )
        known = {channel["id"] for channel in theirs["channels"] or ()}
        both = [str(channel["id"]) for channel in own["channels"] or () if channel["id"] in known]
        return both[:MOST_CHANNELS]


@contextmanager
def _courtesy(what: str) -> Iterator[None]:
    """Leave it at that when something can't be drawn."""
    try:
        yield
    except DeliveryError as error:
        log.info("slack_not_drawn", what=what, why=str(error))


def _title(text: str) -> str:
    line = " ".join(text.split()) or "A question"
    return line if len(line) <= LONGEST_TITLE else line[: LONGEST_TITLE - 1] + "…"
