"""Who is in a channel, and whether the bot is."""

from __future__ import annotations

from collections.abc import AsyncIterator

from botcore import ConversationKey
from botcore_slack.connection import Clients
from botcore_slack.errors import translated
from botcore_slack.names import Names, qualified, user_of
from botcore_slack.origin import Origin, Who

PAGE = 1000  # of members, as many as Slack gives at once


class Members:
    """Asks Slack, each time: the core keeps a yes for a while."""

    def __init__(self, clients: Clients, names: Names) -> None:
        self._clients = clients
        self._names = names

    async def is_member(self, key: ConversationKey, author_id: str) -> bool:
        """Tell whether somebody is in a channel now. What can't be found out is raised: it counts as no."""
        user = user_of(author_id)
        account = await self._clients.account(key.tenant)
        person = await self._names.person(key.tenant, user)
        origin = Origin(key.tenant, account.enterprise, is_shared=True)
        # Slack lists members without their organisation, and two of these may have the same id.
        team = author_id.partition(":")[0] if ":" in author_id else ""
        if qualified(Who(user, team), person, origin) != author_id:
            return False
        async for member in self._members(key):
            if member == user:
                return True
        return False

    async def _members(self, key: ConversationKey) -> AsyncIterator[str]:
        client = await self._clients.client(key.tenant)
        cursor = ""
        while True:
            with translated(repeatable=True):
                page = await client.conversations_members(
                    channel=key.chat, limit=PAGE, **({"cursor": cursor} if cursor else {})
                )
            for member in page.get("members") or ():
                yield str(member)
            cursor = str((page.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                return

    async def is_bot_in(self, tenant: str, channel: str) -> bool:
        """Tell whether the bot can read and write in a channel; raise when Slack does not tell."""
        client = await self._clients.client(tenant)
        with translated(repeatable=True):
            told = await client.conversations_info(channel=channel)
        about = told.get("channel") or {}
        return bool(about.get("is_member") or about.get("is_im"))

    async def direct_channel(self, tenant: str, user: str) -> str:
        """Return somebody's direct chat with the bot."""
        client = await self._clients.client(tenant)
        with translated(repeatable=True):
            told = await client.conversations_open(users=user)
        return str((told.get("channel") or {}).get("id") or "")
