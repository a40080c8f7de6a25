"""Finds a message whose sending nobody saw the end of, by the mark on it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from botcore import OutcomeUnknown, Outgoing, Receipt, Refused
from botcore_slack.connection import Account, Clients
from botcore_slack.errors import translated
from botcore_slack.places import Place
from botcore_slack.posting import EVENT, code_of_cause

log = structlog.get_logger(__name__)

SETTLED_SECONDS = 5.0  # after a call broke off: what is not there by then never was taken
SKEW = timedelta(minutes=15)  # that our clock and Slack's may differ
PAGE = 200
MOST_PAGES = 10  # so far is looked; a message that is further up is in doubt


class Finder:
    """Looks for messages where they were sent to."""

    def __init__(self, clients: Clients, settled: float = SETTLED_SECONDS) -> None:
        self._clients = clients
        self._settled = settled
        self._since = time.monotonic()  # an earlier process may have begun a call just before
        self._broken_off: dict[str, float] = {}

    def note_doubt(self, message: Outgoing) -> None:
        """Note that a call broke off just now, and may still be worked on."""
        if message.delivery_id:
            self._broken_off[message.delivery_id] = time.monotonic()

    async def find(self, message: Outgoing, since: datetime) -> Receipt | None:
        """Return the receipt of a message; None when it is not there and will not come any more."""
        begun = self._broken_off.pop(message.delivery_id, self._since)
        await asyncio.sleep(max(0.0, begun + self._settled - time.monotonic()))
        client = await self._clients.client(message.key.tenant)
        account = await self._clients.account(message.key.tenant)
        try:
            found = await _look(client, account, message, f"{(since - SKEW).timestamp():.6f}")
        except Refused as error:  # it may be there all the same
            log.warning("slack_shows_no_history", why=code_of_cause(error))
            raise OutcomeUnknown from None
        log.info("slack_looked_for_message", found=found is not None)
        return Place(message.key.tenant, message.key.chat).receipt(found) if found else None


async def _look(client: AsyncWebClient, account: Account, message: Outgoing, oldest: str) -> str | None:
    cursor = ""
    for _ in range(MOST_PAGES):
        page = await _page(client, message, oldest, cursor)
        for one in page.get("messages", ()):
            if _is_it(one, account, message.delivery_id):
                return str(one["ts"])
        cursor = (page.get("response_metadata") or {}).get("next_cursor", "")
        if not cursor:
            return None
    raise OutcomeUnknown


async def _page(client: AsyncWebClient, message: Outgoing, oldest: str, cursor: str) -> Mapping[str, Any]:
    where: dict[str, Any] = {
        "channel": message.key.chat,
        "oldest": oldest,
        "inclusive": True,
        "include_all_metadata": True,
        "limit": PAGE,
        "cursor": cursor or None,
    }
    with translated(repeatable=True):
        if message.key.thread:
            answer = await client.conversations_replies(ts=message.key.thread, **where)
        else:
            answer = await client.conversations_history(**where)
    return answer.data if isinstance(answer.data, Mapping) else {}


def _is_it(one: Mapping[str, Any], account: Account, delivery_id: str) -> bool:
    mark = one.get("metadata") or {}
    ours = one.get("user") == account.user_id or (account.bot_id and one.get("bot_id") == account.bot_id)
    payload = mark.get("event_payload") or {}
    return bool(ours) and mark.get("event_type") == EVENT and payload.get("id") == delivery_id
