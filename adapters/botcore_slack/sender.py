"""Sends, edits and takes away the bot's messages."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from botcore import ConversationKey, DeliveryError, OutcomeUnknown, Outgoing, Receipt, Refused, StreamMode
from botcore.markup import as_file, parse
from botcore_slack.alone import Alone, ResponseUrl
from botcore_slack.connection import Clients
from botcore_slack.envelopes import PLATFORM
from botcore_slack.errors import translated
from botcore_slack.finding import SETTLED_SECONDS, Finder
from botcore_slack.places import Place, Sort, person_of
from botcore_slack.posting import beginning, code_of_cause, is_file, post, rendered, update
from botcore_slack.rendering import plainly
from botcore_slack.streams import Streams
from botcore_slack.threads import Threads
from botcore_slack.uploading import Uploads

log = structlog.get_logger(__name__)

STREAMS = "streaming_state_conflict"  # a message that still grows can't be changed,
UNDELETABLE = "cant_delete_message"  # nor be taken away
NOTE = "The whole of it is in the file above."
MODES = {"native": StreamMode.STREAM, "edit": StreamMode.EDIT, "final": StreamMode.FINAL}


class Sender:
    """Writes as the bot of each workspace."""

    def __init__(
        self,
        clients: Clients,
        response_url: ResponseUrl,
        *,
        threads: Threads | None = None,
        stream: str = "native",
        settled: float = SETTLED_SECONDS,
    ) -> None:
        """Make ready.

        `threads`: what is known of them. `stream`: how answers appear, as the settings say. `settled`: how
        long a broken call may go on.
        """
        self._clients = clients
        self._mode = MODES[stream]
        self._streams = Streams()
        self._alone = Alone(clients, response_url, threads or Threads(clients))
        self._uploads = Uploads(clients)
        self._finder = Finder(clients, settled)

    def stream_mode(self, key: ConversationKey) -> StreamMode:
        """Return how an answer appears; Slack streams into threads only."""
        if self._mode is StreamMode.STREAM and not key.thread:
            return StreamMode.EDIT
        return self._mode

    async def create(self, message: Outgoing) -> Receipt:
        """Send a message, or a file for one that is too long."""
        client = await self._clients.client(message.key.tenant)
        if message.only_for:
            return await self._alone.create(client, message)
        place = Place(message.key.tenant, message.key.chat)
        if is_file(message):
            return await self._create_file(client, message)
        if self._may_stream(message) and (begun := await self._streams.begin(client, message)):
            return place.receipt(begun)
        try:
            return place.receipt(await post(client, message, rendered(message)))
        except OutcomeUnknown:
            self._finder.note_doubt(message)
            raise
        except Refused as error:
            if receipt := await self._alone.respond(error, message):
                return receipt
            raise

    async def edit(self, receipt: Receipt, message: Outgoing) -> Receipt | None:
        """Make a message look like this; return another's receipt that had to take its place."""
        place, ts = Place.of(receipt), receipt.message_id
        client = await self._clients.client(place.tenant)
        if place.sort is Sort.ALONE:
            await self._alone.edit(receipt, message)
        elif message.only_for or place.sort is Sort.FILE:
            raise Refused("A message that one person sees is another one, and a file can't be changed.")
        elif place.sort is Sort.NOTE:
            await update(client, place.channel, ts, message, plainly(NOTE))
        elif place.sort is Sort.BEGINNING:
            await update(client, place.channel, ts, message, beginning(message.text))
        elif is_file(message):
            await self.delete(receipt)
            raise Refused("A file is a message of its own.")
        elif not message.final and self._streams.takes(place.channel, ts, message.text):
            return await self._grow(client, place, ts, message)
        else:
            await self._change(client, place.channel, ts, message)
        return None

    async def delete(self, receipt: Receipt) -> None:
        """Take a message away. One that is gone, or can't be taken away, is left as it is."""
        place, ts = Place.of(receipt), receipt.message_id
        client = await self._clients.client(place.tenant)
        try:
            if place.sort is Sort.FILE:
                with translated():
                    await client.files_delete(file=ts)
            elif place.sort is not Sort.ALONE:  # that is gone at its reader's next reload
                await self._delete(client, place.channel, ts)
        except Refused as error:
            log.info("slack_did_not_delete", why=code_of_cause(error))

    async def find_sent(self, message: Outgoing, since: datetime) -> Receipt | None:
        """Look for a message whose sending nobody saw the end of."""
        if message.only_for or is_file(message):
            raise OutcomeUnknown  # neither bears a mark
        return await self._finder.find(message, since)

    async def direct_chat(self, key: ConversationKey, user_id: str) -> ConversationKey:
        """Return where the bot and somebody of this workspace are alone."""
        _, user = person_of(user_id, key.tenant)
        client = await self._clients.client(key.tenant)
        with translated(repeatable=True):
            opened = await client.conversations_open(users=[user])
        channel: dict[str, Any] = opened["channel"] or {}
        return ConversationKey(PLATFORM, key.tenant, str(channel["id"]))

    async def link_to(self, key: ConversationKey, message_id: str) -> str:
        """Return the address of a message; empty when Slack knows none."""
        client = await self._clients.client(key.tenant)
        try:
            with translated(repeatable=True):
                found = await client.chat_getPermalink(channel=key.chat, message_ts=message_id)
        except Refused:
            return ""
        return str(found["permalink"])

    def _may_stream(self, message: Outgoing) -> bool:
        return self.stream_mode(message.key) is StreamMode.STREAM and self._streams.can_begin(message)

    async def _create_file(self, client: AsyncWebClient, message: Outgoing) -> Receipt:
        """Show a file. Slack draws no buttons below one, so those stand below a line of their own."""
        place = Place(message.key.tenant, message.key.chat, Sort.FILE)
        try:
            number = await self._uploads.share(client, message, as_file(parse(message.text), message.text))
        except Refused as error:
            log.warning("slack_shows_no_file", why=code_of_cause(error))
            ts = await post(client, message, beginning(message.text))
            return replace(place, sort=Sort.BEGINNING).receipt(ts)
        if not message.buttons:
            return place.receipt(number)
        try:
            ts = await post(client, replace(message, delivery_id=""), plainly(NOTE))
        except DeliveryError as error:  # the file is there, and would be there twice
            log.warning("slack_took_no_buttons", error=type(error).__name__)
            return place.receipt(number)
        return replace(place, sort=Sort.NOTE).receipt(ts)

    async def _grow(self, client: AsyncWebClient, place: Place, ts: str, message: Outgoing) -> Receipt | None:
        """Show more of a stream. One that is over goes on as another message, if Slack takes that."""
        if await self._streams.grow(client, place.channel, ts, message.text):
            return None
        if self._may_stream(message) and (begun := await self._streams.begin(client, message)):
            return place.receipt(begun)
        await self._change(client, place.channel, ts, message)
        return None

    async def _change(self, client: AsyncWebClient, channel: str, ts: str, message: Outgoing) -> None:
        if self._streams.goes_on(channel, ts):
            await self._streams.end(client, channel, ts)
        try:
            await update(client, channel, ts, message, rendered(message))
        except Refused as error:
            if code_of_cause(error) != STREAMS:
                raise
            await self._streams.end(client, channel, ts)  # an earlier process has begun it
            await update(client, channel, ts, message, rendered(message))

    async def _delete(self, client: AsyncWebClient, channel: str, ts: str) -> None:
        if self._streams.goes_on(channel, ts):
            await self._streams.end(client, channel, ts)
        try:
            with translated():
                await client.chat_delete(channel=channel, ts=ts)
        except Refused as error:
            if code_of_cause(error) != UNDELETABLE:
                raise
            await self._streams.end(client, channel, ts)
            with translated():
                await client.chat_delete(channel=channel, ts=ts)
