"""Messages that one person sees, among others who don't.

Slack does not promise that they arrive, forgets them at the reader's next reload, and finds none again.
"""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import aiohttp
import structlog
from slack_sdk.web.async_client import AsyncWebClient

from botcore import OutcomeUnknown, Outgoing, Receipt, Refused, RetryLater
from botcore_slack.connection import Clients
from botcore_slack.errors import NOT_BEGUN, translated
from botcore_slack.places import Place, Sort, person_of
from botcore_slack.posting import code_of_cause, content, rendered, with_looks_or_without
from botcore_slack.rendering import Rendered
from botcore_slack.threads import Threads

log = structlog.get_logger(__name__)

# Returns where Slack takes an answer to a command, a shortcut or a press without asking who may write there:
# by the workspace and the id of what is answered. It is gone after half an hour.
ResponseUrl = Callable[[str, str], str]
# The bot is not where it was called. Only what Slack handed it with the call leads there.
NOT_THERE = frozenset({"channel_not_found", "not_in_channel", "user_not_in_channel"})


class Alone:
    """Writes to one person, and answers what was asked where the bot is not."""

    def __init__(self, clients: Clients, response_url: ResponseUrl, threads: Threads) -> None:
        self._clients = clients
        self._response_url = response_url
        self._threads = threads

    async def create(self, client: AsyncWebClient, message: Outgoing) -> Receipt:
        """Show a message to who alone may see it."""
        place = Place(message.key.tenant, message.key.chat, Sort.ALONE)
        _, user = person_of(message.only_for, message.key.tenant)
        thread = await self._thread(message)

        async def call(shown: Rendered) -> str:
            with translated():
                sent = await client.chat_postEphemeral(
                    channel=message.key.chat,
                    user=user,
                    thread_ts=thread,
                    parse="none",
                    link_names=False,
                    **content(shown, message),
                )
            return str(sent["message_ts"])

        try:
            return place.receipt(await with_looks_or_without(call, rendered(message)))
        except Refused as error:
            if (receipt := await self.respond(error, message)) is None:
                raise
            return receipt

    async def respond(self, refusal: Refused, message: Outgoing) -> Receipt | None:
        """Answer through what Slack handed out with a call; None when that is not why it refused, or gone."""
        if not message.final or code_of_cause(refusal) not in NOT_THERE:
            return None
        if not (url := self._response_url(message.key.tenant, message.answers or "")):
            return None
        kind = "ephemeral" if message.only_for else "in_channel"
        await self._call(url, message, response_type=kind, replace_original=False)
        place = Place(message.key.tenant, message.key.chat, Sort.ALONE)
        return place.receipt(f"response-{message.delivery_id or uuid4().hex}")

    async def edit(self, receipt: Receipt, message: Outgoing) -> None:
        """Change a message that was just acted upon; nothing else can be done to it."""
        url = self._response_url(message.key.tenant, receipt.message_id)
        if not url:
            raise Refused("Slack lets nobody change a message that one person sees.")
        await self._call(url, message, response_type="ephemeral", replace_original=True)

    async def _thread(self, message: Outgoing) -> str | None:
        """Return the thread; nothing where it would not be seen, as below a question without replies."""
        begins = message.key.thread == message.answers
        return message.key.thread if not begins and await self._threads.shows(message.key) else None

    async def _call(self, url: str, message: Outgoing, **how: object) -> None:
        body = {**content(rendered(message), message), **how}
        try:
            async with self._clients.session.post(url, json=body) as answer:
                status = answer.status
        except NOT_BEGUN:
            raise RetryLater from None
        except (aiohttp.ClientError, TimeoutError):
            raise OutcomeUnknown from None
        if status == 429:
            raise RetryLater
        if status >= 500:
            raise OutcomeUnknown
        if status != 200:
            log.info("slack_took_no_response", status=status)
            raise Refused("Slack takes no further answer to that.")
