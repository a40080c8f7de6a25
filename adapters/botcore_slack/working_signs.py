"""“… is thinking”, below a thread in which somebody waits and nothing is shown yet."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from botcore import ConversationKey, DeliveryError, Refused
from botcore_slack.connection import Account
from botcore_slack.posting import code_of_cause

log = structlog.get_logger(__name__)

FIRST_SECONDS = 0.4  # without one: who is answered at once needs none
AGAIN_SECONDS = 100.0  # Slack takes one away after two minutes
LONGEST_SECONDS = 600.0
STATUS = "is thinking…"
# Nothing of it is for this bot, whatever the thread.
NOT_ALLOWED = frozenset(
    {"access_denied", "missing_scope", "no_permission", "not_allowed_token_type", "unknown_method"}
)

# Shows a text there, or nothing any more.
Sign = Callable[[ConversationKey, str], Awaitable[None]]


class WorkingSigns:
    """One for each thread, at most."""

    def __init__(self, sign: Sign) -> None:
        self._sign = sign
        self._tasks: dict[ConversationKey, asyncio.Task[None]] = {}
        self._shown: set[ConversationKey] = set()
        self._useless: dict[str, Account] = {}  # workspaces that don't let the bot show any, as installed

    def begin(self, key: ConversationKey, account: Account) -> None:
        """Show the sign until `end`. Where this installation of the bot may show none, it was tried once."""
        if key.thread and key not in self._tasks and self._useless.get(key.tenant) != account:
            task = self._tasks[key] = asyncio.create_task(self._show(key, account))
            task.add_done_callback(lambda task: self._forget(key, task))

    def end(self, key: ConversationKey) -> None:
        """Something is shown: Slack itself takes the sign away."""
        self._shown.discard(key)
        if task := self._tasks.pop(key, None):
            task.cancel()

    async def over(self, key: ConversationKey) -> None:
        """Nothing more comes. Where nothing was shown, the sign is still there."""
        was_shown = key in self._shown
        self.end(key)
        if was_shown:
            await self._try(key, "")

    def end_all(self) -> None:
        for task in self._tasks.values():
            task.cancel()

    async def _show(self, key: ConversationKey, account: Account) -> None:
        await asyncio.sleep(FIRST_SECONDS)
        for _ in range(int(LONGEST_SECONDS / AGAIN_SECONDS)):
            # In another thread it may have been tried meanwhile.
            if self._useless.get(key.tenant) == account or not await self._try(key, STATUS, account):
                return
            self._shown.add(key)
            await asyncio.sleep(AGAIN_SECONDS)

    async def _try(self, key: ConversationKey, text: str, account: Account | None = None) -> bool:
        """Show it; when that fails, so be it, as it is no more than a courtesy."""
        try:
            await self._sign(key, text)
        except DeliveryError as error:
            if account and isinstance(error, Refused) and code_of_cause(error) in NOT_ALLOWED:
                log.warning("slack_shows_no_status", tenant=key.tenant, why=str(error))
                self._useless[key.tenant] = account
            return False
        return True

    def _forget(self, key: ConversationKey, task: asyncio.Task[None]) -> None:
        if self._tasks.get(key) is task:
            del self._tasks[key]
