"""Tells somebody at once what became of what they did, where nobody else sees it."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from dataclasses import replace

import aiohttp
import structlog

from botcore import ConversationKey, DeliveryError, Pressed
from botcore_slack.connection import Clients
from botcore_slack.errors import translated
from botcore_slack.short_lived import ShortLived
from botcore_slack.threads import Threads

log = structlog.get_logger(__name__)

SECONDS = 4.0  # for each of the two ways
LONGEST = 3000  # characters


class Teller:
    """Knows the two ways: by the address that came with what was done, or as the bot itself."""

    def __init__(self, clients: Clients, short_lived: ShortLived, threads: Threads) -> None:
        self._clients = clients
        self._short_lived = short_lived
        self._threads = threads
        self._answered: deque[tuple[str, str]] = deque(maxlen=100)  # presses, by their workspace and id

    async def answer_press(self, pressed: Pressed, notice: str) -> None:
        """Tell who pressed a button what the core has to say; that it has arrived, Slack shows."""
        self._answered.append((pressed.key.tenant, pressed.dedupe_key))
        if notice:
            await self.tell(pressed.key, pressed.dedupe_key, notice)

    async def is_answered(self, tenant: str, press: str, seconds: float) -> bool:
        """Tell whether the core has said, or says within so long, what became of a press."""
        ends = time.monotonic() + seconds
        while (tenant, press) not in self._answered:
            if time.monotonic() > ends:
                return False
            await asyncio.sleep(0.02)
        return True

    async def tell(self, key: ConversationKey, its_id: str, text: str) -> None:
        """Tell who did something; when neither way works, they are not told."""
        handle = self._short_lived.handle(key.tenant, its_id)
        if handle is None:
            return
        thread = handle.thread if await self._threads.shows(replace(key, thread=handle.thread)) else ""
        url = self._short_lived.response_url(key.tenant, its_id)
        if not (url and await self._by_address(url, thread, text)):
            await self._as_bot(replace(key, thread=thread), handle.user, text)

    async def _by_address(self, url: str, thread: str, text: str) -> bool:
        message = {"response_type": "ephemeral", "replace_original": False, "text": plain(text)}
        if thread:
            message["thread_ts"] = thread
        try:
            async with asyncio.timeout(SECONDS), self._clients.session.post(url, json=message) as response:
                return response.status < 400
        except (aiohttp.ClientError, TimeoutError) as error:
            log.info("not_told_by_address", error=type(error).__name__)
            return False

    async def _as_bot(self, key: ConversationKey, user: str, text: str) -> None:
        try:
            async with asyncio.timeout(SECONDS):
                client = await self._clients.client(key.tenant)
                with translated():
                    await client.chat_postEphemeral(
                        channel=key.chat, user=user, text=plain(text), thread_ts=key.thread or None
                    )
        except (DeliveryError, TimeoutError) as error:
            log.info("not_told", error=type(error).__name__)


def plain(text: str) -> str:
    """Return a text that Slack reads nothing into: no mention, no link."""
    return text[:LONGEST].replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
