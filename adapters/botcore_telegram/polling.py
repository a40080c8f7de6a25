"""Fetches updates, and lets Telegram forget them when they are committed and not before."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, cast

import structlog
from telegram import Bot, Update
from telegram.error import Conflict, InvalidToken, NetworkError, TelegramError
from telegram.ext import Updater

from botcore_telegram.account import Account
from botcore_telegram.connection import POLL_SECONDS
from botcore_telegram.errors import unreached
from botcore_telegram.events import WANTED
from botcore_telegram.updates import fetch

log = structlog.get_logger(__name__)

# Commits everything that an update holds; raises when that failed.
Commit = Callable[[Update], Awaitable[None]]

STOP_SECONDS = 3.0  # for telling Telegram what was committed last
MANY_FAILURES = 3  # in a row, after which the operator is told; a single one is nothing
SPARE_SECONDS = 5.0  # after the end of a poll until its connection is given up
ANOTHER_POLLS = (
    "another program fetches this bot's messages, so that some reach only that one; "
    "stop it, or give one of the two a token of its own"
)


class Inbox:
    """What the updater puts updates into: each is committed when `put` returns.

    Those of a batch are committed beside each other, but for those of one chat, which keep their order.
    """

    def __init__(self, commit: Commit) -> None:
        self._commit = commit
        self._committing: dict[int, asyncio.Task[None]] = {}  # by the update's id

    async def expect(self, updates: Sequence[Update]) -> None:
        """Begin to commit a batch, when nothing of the one before is being committed any more."""
        await self.settle()
        last: dict[int, asyncio.Task[None]] = {}  # by chat
        for update in updates:
            chat = update.effective_chat.id if update.effective_chat else 0
            task = asyncio.create_task(self._commit_after(last.get(chat), update))
            last[chat] = self._committing[update.update_id] = task

    async def put(self, update: Update) -> None:
        """Return when an update is committed. `NetworkError` when it is not: it is fetched again then."""
        try:
            task = self._committing.get(update.update_id)
            await (asyncio.shield(task) if task else self._commit(update))
        except Exception as error:
            log.warning("update_not_committed", update=update.update_id, error=type(error).__name__)
            # Any other error would end the polling.
            raise NetworkError("the update could not be committed") from error

    async def settle(self) -> None:
        """Wait until nothing is being committed."""
        await asyncio.gather(*self._committing.values(), return_exceptions=True)
        self._committing.clear()

    async def _commit_after(self, earlier: asyncio.Task[None] | None, update: Update) -> None:
        if earlier:
            await earlier  # when that one failed, so does this: they come again in their order
        await self._commit(update)


class Feed:
    """The part of a `telegram.Bot` that an updater sees."""

    def __init__(self, account: Account, inbox: Inbox) -> None:
        self._account = account
        self._bot = account.bot
        self._inbox = inbox
        self._failures = 0  # in a row
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()  # set by an end for good

    async def initialize(self) -> None:
        """The bot was, and stays so: answers go out through it after the polling has ended."""

    async def shutdown(self) -> None:
        """As with `initialize`."""

    async def delete_webhook(self, **more: Any) -> bool:
        """Take the webhook away, if there is one: Telegram does not serve both ways."""
        try:
            if (await self._bot.get_webhook_info()).url:
                log.warning("webhook_taken_away", why="this bot is configured to fetch its messages itself")
                await self._bot.delete_webhook()
        except TelegramError as error:
            log.info("webhook_not_known", error=type(error).__name__)  # if there is one, polls will tell
        return True

    async def get_updates(self, **more: Any) -> tuple[Update, ...]:
        """Fetch updates and begin to commit them."""
        try:
            updates = await fetch(
                self._bot, self._account.poll_request, **more, read_timeout=POLL_SECONDS + SPARE_SECONDS
            )
        except InvalidToken as error:
            self._end(error)
            raise
        except Conflict as error:
            self._account.tell(ANOTHER_POLLS)
            if "webhook" in error.message.lower():
                await self.delete_webhook()
            raise
        except TelegramError as error:
            self._failures += 1
            if self._failures >= MANY_FAILURES:
                self._account.tell(unreached(error))
            raise
        except Exception as error:
            self._end(error)  # else the updater would fall silent
            raise
        self._failures = 0
        self._account.tell("")
        await self._inbox.expect(updates)
        return updates

    def _end(self, error: Exception) -> None:
        if not self.over.done():
            self.over.set_exception(error)


async def poll(feed: Feed, inbox: Inbox) -> None:
    """Fetch updates until cancelled; raise `InvalidToken` when the token is not accepted any more."""
    updater = Updater(cast("Bot", feed), cast("asyncio.Queue[object]", inbox))
    async with updater:
        await updater.start_polling(
            timeout=POLL_SECONDS,
            bootstrap_retries=-1,
            allowed_updates=WANTED,
            error_callback=lambda error: None,  # the feed has seen it
        )
        try:
            await feed.over
        finally:
            await _stop(updater, inbox)


async def _stop(updater: Updater, inbox: Inbox) -> None:
    """Let what was fetched be committed, and Telegram know it."""
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await inbox.settle()
            await updater.stop()
    except (TimeoutError, TelegramError):
        pass  # it is fetched again by the next start, and known by its key
