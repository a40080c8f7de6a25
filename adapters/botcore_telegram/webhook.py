"""Listens for Telegram's calls: each is answered when what it brought is committed."""

from __future__ import annotations

import asyncio
import hmac
from types import TracebackType
from typing import NoReturn, Self

import stamina
import structlog
from aiohttp import web
from telegram.error import TelegramError

from botcore import UserError
from botcore_telegram.account import Account
from botcore_telegram.errors import reason_of
from botcore_telegram.polling import Commit
from botcore_telegram.updates import understood

log = structlog.get_logger(__name__)

SECRET = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105  # the header's name
LARGEST_UPDATE = 2**20  # bytes
SHUTDOWN_SECONDS = 5.0  # for calls that are being answered
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0  # before Telegram is told again where to call
NOT_SET = "Telegram was not told of webhook_url ({}); it is tried again"


class WebhookServer:
    """One for all bots that have a webhook; each has a path of its own. It listens when one needs it."""

    def __init__(self, address: tuple[str, int]) -> None:
        self._address = address
        self._bots: dict[str, tuple[Account, Commit]] = {}  # by path
        self._runner: web.AppRunner | None = None
        self._starting = asyncio.Lock()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._runner:
            await self._runner.cleanup()

    async def serve(self, account: Account, commit: Commit) -> NoReturn:
        """Take in what Telegram tells one bot, until cancelled."""
        self._bots[account.settings.webhook_path] = (account, commit)
        try:
            await self._start()
            await _announce(account)
            await asyncio.Event().wait()
        finally:
            del self._bots[account.settings.webhook_path]
        raise AssertionError("unreachable: nobody sets that event")

    async def _start(self) -> None:
        async with self._starting:
            if self._runner:
                return
            app = web.Application(client_max_size=LARGEST_UPDATE)
            app.router.add_post("/{path:.*}", self._answer)
            runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)
            await runner.setup()
            try:
                await web.TCPSite(runner, *self._address).start()
            except OSError as error:
                await runner.cleanup()
                host, port = self._address
                raise UserError(
                    f"Nothing can listen on {host}:{port} (webhook_listen): {error.strerror}."
                ) from None
            self._runner = runner

    async def _answer(self, request: web.Request) -> web.Response:
        """Take one update in. Nothing is even read of a call that does not know the secret."""
        account, commit = self._bots.get(request.path, (None, None))
        shown = request.headers.get(SECRET, "")
        secret = account.settings.webhook_secret if account else ""
        # Compared in a time that tells nothing of how much of it was right; also where no bot is.
        is_right = hmac.compare_digest(shown.encode("utf-8", "replace"), secret.encode())
        if not (account and commit and is_right):
            log.warning("webhook_call_refused", with_secret=bool(shown))
            return web.Response(status=403 if shown else 401)
        try:
            update = understood(await request.json(), account.bot)
        except (ValueError, LookupError, TypeError) as error:
            log.error("webhook_call_not_understood", error=type(error).__name__)
            return web.Response(status=400)
        try:
            await commit(update)
        except Exception as error:
            log.warning("update_not_committed", update=update.update_id, error=type(error).__name__)
            return web.Response(status=503)  # Telegram comes again
        account.tell("")
        return web.Response()


async def _announce(account: Account) -> None:
    """Tell Telegram where to call, until it takes that."""
    async for attempt in stamina.retry_context(
        on=TelegramError, attempts=None, timeout=None, wait_initial=FIRST_PAUSE, wait_max=LONGEST_PAUSE
    ):
        with attempt:
            try:
                await account.set_webhook()
            except TelegramError as error:
                account.tell(NOT_SET.format(reason_of(error)))
                raise
    account.tell("")
