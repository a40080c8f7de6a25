"""“… is typing”, while somebody waits and nothing is shown yet."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from telegram.error import TelegramError

from botcore import ConversationKey

FIRST_SECONDS = 0.5  # without one: who is answered at once needs none
SHOWN_SECONDS = 5.0  # by Telegram's clients, after which the sign fades
AGAIN_SECONDS = SHOWN_SECONDS - 0.5
LONGEST_SECONDS = 120.0  # who waits for longer is told so in words

Sign = Callable[[ConversationKey], Awaitable[None]]


class TypingSigns:
    """One for each conversation, at most."""

    def __init__(self, sign: Sign) -> None:
        self._sign = sign
        self._tasks: dict[ConversationKey, asyncio.Task[None]] = {}

    def begin(self, key: ConversationKey) -> None:
        """Show the sign until `end`."""
        if key not in self._tasks:
            task = self._tasks[key] = asyncio.create_task(self._show(key))
            task.add_done_callback(lambda task: self._forget(key, task))

    def end(self, key: ConversationKey) -> None:
        """Something is shown: the sign is not needed any more."""
        if task := self._tasks.get(key):
            task.cancel()

    def end_all(self) -> None:
        for task in self._tasks.values():
            task.cancel()

    async def _show(self, key: ConversationKey) -> None:
        await asyncio.sleep(FIRST_SECONDS)
        for _ in range(int(LONGEST_SECONDS / AGAIN_SECONDS)):
            try:
                await self._sign(key)
            except TelegramError:
                return  # it is no more than a courtesy
            await asyncio.sleep(AGAIN_SECONDS)

    def _forget(self, key: ConversationKey, task: asyncio.Task[None]) -> None:
        if self._tasks.get(key) is task:
            del self._tasks[key]
