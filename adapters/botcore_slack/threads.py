"""Which threads people see as such: Slack shows a message for one person only where somebody has replied."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import structlog

from botcore import ConversationKey, DeliveryError
from botcore_slack.connection import Clients
from botcore_slack.envelopes import PLATFORM
from botcore_slack.errors import translated
from botcore_slack.origin import Facts, text_of

log = structlog.get_logger(__name__)

SECONDS = 1.5  # for Slack to tell whether there is a reply
REMEMBERED = 5_000  # at most


class Threads:
    """Remembers those that have a reply which everybody sees, and asks Slack about others."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients
        self._open: OrderedDict[ConversationKey, None] = OrderedDict()

    def note(self, tenant: str, body: Facts) -> None:
        """Learn from what Slack brings of messages; a deleted reply may have been the only one."""
        for channel, message in _messages_in(body):
            thread, ts = text_of(message.get("thread_ts")), text_of(message.get("ts"))
            key = ConversationKey(PLATFORM, tenant, channel, thread)
            if message.get("subtype") == "message_deleted":
                self._open.pop(_thread_of_deleted(key, message), None)
            elif thread and (thread != ts or message.get("reply_count")):
                self.opened(key)

    def opened(self, key: ConversationKey) -> None:
        """Note that there is a reply."""
        if not key.thread:
            return
        self._open[key] = None
        self._open.move_to_end(key)
        if len(self._open) > REMEMBERED:
            self._open.popitem(last=False)

    async def shows(self, key: ConversationKey) -> bool:
        """Tell whether one person would see a message in a thread; when Slack does not tell, they may not."""
        if not key.thread:
            return False
        if key not in self._open and await self._has_reply(key):
            self.opened(key)
        return key in self._open

    async def _has_reply(self, key: ConversationKey) -> bool:
        try:
            async with asyncio.timeout(SECONDS):
                client = await self._clients.client(key.tenant)
                with translated():
                    told = await client.conversations_replies(channel=key.chat, ts=key.thread, limit=2)
        except (DeliveryError, TimeoutError) as error:
            log.info("thread_not_told", error=type(error).__name__)
            return False
        messages: Iterable[Any] = told.get("messages") or ()
        return any(one.get("ts") != key.thread for one in messages)


def _messages_in(body: Facts) -> Iterator[tuple[str, Facts]]:
    """Yield the messages that a body tells of, with their channels; not those that one person sees."""
    event, message = _dict(body.get("event")), _dict(body.get("message"))
    if event.get("type") in ("message", "app_mention"):
        yield text_of(event.get("channel")), event
        yield text_of(event.get("channel")), _dict(event.get("message"))
    if not _dict(body.get("container")).get("is_ephemeral"):
        yield text_of(_dict(body.get("channel")).get("id")), message


def _thread_of_deleted(key: ConversationKey, event: Facts) -> ConversationKey:
    thread = text_of(_dict(event.get("previous_message")).get("thread_ts"))
    return ConversationKey(key.platform, key.tenant, key.chat, thread)


def _dict(value: object) -> Facts:
    return value if isinstance(value, Mapping) else {}
