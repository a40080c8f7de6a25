"""What was said before, as Slack tells it page by page: a channel from its newest back, a thread forwards."""

from __future__ import annotations

import asyncio
from collections.abc import Container, Mapping, Sequence
from typing import Any

from botcore import ConversationKey, HistoryPage, PastMessage, Refused
from botcore_slack.completing import Completer
from botcore_slack.connection import Account, Clients
from botcore_slack.errors import code_of, translated
from botcore_slack.events import Post, moment_of, read_said
from botcore_slack.origin import Facts, Origin, text_of

PAGE, COMMERCIAL_PAGE = 200, 15  # messages that Slack gives at once
UNREADABLE = {
    "not_in_channel": "Invite me into the channel, then ask again.",
    "channel_not_found": "Invite me into the channel, then ask again.",
    "missing_scope": "The app lacks the permission for that; `botcore doctor` says which.",
    "thread_not_found": "Slack does not know this thread any more.",
}


class History:
    """Asks Slack, as the bot of a workspace."""

    def __init__(self, clients: Clients, completer: Completer, *, commercial: bool) -> None:
        self._clients = clients
        self._completer = completer
        self._page = COMMERCIAL_PAGE if commercial else PAGE

    async def fetch(self, key: ConversationKey, cursor: str, commands: Container[str]) -> HistoryPage:
        """Return a page; `cursor` is the moment of the last message that the page before had."""
        account = await self._clients.account(key.tenant)
        told = await self._ask(key, cursor)
        origin = Origin(key.tenant, account.enterprise, bot_user=account.user_id, is_shared=True)
        listed = [one for one in told.get("messages") or () if isinstance(one, Mapping)]
        posts = [
            post for one in listed if not _is_own(one, account) if (post := read_said(one, origin, key.chat))
        ]
        messages = await self._completed(posts, listed, origin, commands)
        return HistoryPage(tuple(messages), _last_moment(listed, key, cursor), bool(told.get("has_more")))

    async def _ask(self, key: ConversationKey, cursor: str) -> Facts:
        client = await self._clients.client(key.tenant)
        try:
            with translated(repeatable=True):
                if key.thread:
                    told = await client.conversations_replies(
                        channel=key.chat, ts=key.thread, limit=self._page, oldest=cursor or "0"
                    )
                else:
                    told = await client.conversations_history(
                        channel=key.chat, limit=self._page, latest=cursor or None
                    )
        except Refused as error:
            code = code_of(error.__cause__) if isinstance(error.__cause__, Exception) else ""
            raise Refused(UNREADABLE.get(code, str(error))) from error
        data: Any = told.data
        return data if isinstance(data, Mapping) else {}

    async def _completed(
        self, posts: Sequence[Post], listed: Sequence[Facts], origin: Origin, commands: Container[str]
    ) -> list[PastMessage]:
        by_moment = {text_of(one.get("ts")): one for one in listed}
        events = await asyncio.gather(*(self._completer.message(post, origin, commands) for post in posts))
        return [
            PastMessage(
                message_id=post.ts,
                author=event.author,
                text=event.text,
                sent_at=event.sent_at,
                thread=post.key.thread,
                edited_at=_edited_at(by_moment[post.ts].get("edited")),
                **_replies_below(by_moment[post.ts]),
            )
            for post, event in zip(posts, events, strict=True)
        ]


def _is_own(message: Facts, account: Account) -> bool:
    """Tell whether the bot itself has sent a message: the ledger knows that better."""
    by_bot = bool(account.bot_id) and message.get("bot_id") == account.bot_id
    return by_bot or message.get("user") == account.user_id


def _edited_at(edited: object) -> Any:
    ts = text_of(edited.get("ts")) if isinstance(edited, Mapping) else ""
    return moment_of(ts) if ts else None


def _replies_below(message: Facts) -> dict[str, Any]:
    """Return what Slack tells of a thread with the message that it is about."""
    count, latest = message.get("reply_count"), text_of(message.get("latest_reply"))
    if message.get("thread_ts") != message.get("ts") or not isinstance(count, int) or not latest:
        return {}
    return {"replies": count, "last_reply_at": moment_of(latest)}


def _last_moment(listed: Sequence[Facts], key: ConversationKey, cursor: str) -> str:
    """Return where the next page begins: a thread goes on to the newest, a channel back to the oldest."""
    moments = [ts for one in listed if (ts := text_of(one.get("ts")))]
    if not key.thread:
        return min(moments, key=float, default=cursor)
    return max([*moments, cursor or key.thread], key=float)
