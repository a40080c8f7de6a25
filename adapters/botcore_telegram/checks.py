"""What `botcore doctor` asks of Telegram. It changes nothing, and asks in a way that disturbs no bot."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import httpx
from pydantic import ValidationError

from botcore.checks import Finding, ok, problem, warning
from botcore.config import Settings
from botcore.config_check import without_use
from botcore.control.client import owner_status
from botcore_telegram.settings import BotSettings, TelegramSettings

ABOUT = "telegram"
SECONDS = 10.0  # for a question to Telegram
CLOCK_SECONDS = 30.0  # that the clocks may differ
RECENT_SECONDS = 3600.0  # for which a failed call of Telegram's is told
MANY_WAITING = 100
REACHED_IN_CLEAR = ("localhost", "127.0.0.1", "::1")


def check_telegram(settings: Settings) -> Iterator[Finding]:
    """Look at each configured bot: its token, how it hears, and what it hears in groups."""
    table = settings.adapters.get(ABOUT)
    if table is None:
        return
    try:
        telegram = TelegramSettings.model_validate(without_use(table))
    except ValidationError:
        return  # told with the configuration
    yield from _address(telegram)
    is_running = _is_running(settings)
    with httpx.Client(timeout=SECONDS) as client:
        for bot in telegram.all_bots:
            yield from _Looker(client, telegram, bot).look(is_running=is_running)


class _Unreached(Exception):
    """Telegram gave no answer."""


class _Looker:
    """Asks Telegram about one bot."""

    def __init__(self, client: httpx.Client, telegram: TelegramSettings, bot: BotSettings) -> None:
        self._client = client
        self._telegram = telegram
        self._bot = bot
        self._date = ""  # of the last answer

    def look(self, *, is_running: bool) -> Iterator[Finding]:
        try:
            yield from self._look(is_running)
        except _Unreached as error:
            yield problem(
                ABOUT, f"{self._telegram.base_url} gives no answer ({error})", "Look at the network."
            )

    def _look(self, is_running: bool) -> Iterator[Finding]:
        code, user = self._ask("getMe")
        if code != 200:
            yield problem(
                ABOUT,
                f"the token of the bot {self._bot.tenant} is not accepted ({code})",
                "Ask BotFather for it (/token), and set BOTCORE_TELEGRAM__TOKEN to it.",
            )
            return
        yield from _clock(self._date)
        yield _hearing(user)
        code, webhook = self._ask("getWebhookInfo")
        if code == 200:
            yield from self._webhook(webhook)
        if not is_running and not self._bot.webhook_url and not webhook.get("url"):
            yield from self._other_pollers()

    def _webhook(self, info: dict[str, Any]) -> Iterator[Finding]:
        if info.get("url", "") != self._bot.webhook_url:
            yield self._other_webhook(info.get("url", ""))
        elif self._bot.webhook_url:
            yield ok(ABOUT, f"is called at {self._bot.webhook_url}")
        else:
            yield ok(ABOUT, "fetches its messages itself")
        failed_at = info.get("last_error_date", 0)
        if self._bot.webhook_url and time.time() - failed_at < RECENT_SECONDS:
            yield warning(
                ABOUT,
                f"Telegram could not call the bot lately: {info.get('last_error_message', 'unknown')}",
                f"The proxy must pass calls on to {self._telegram.webhook_listen}, with all their headers.",
            )
        if (waiting := info.get("pending_update_count", 0)) > MANY_WAITING:
            yield warning(ABOUT, f"{waiting:,} messages wait at Telegram", "They come in when the bot runs.")

    def _other_webhook(self, url: str) -> Finding:
        if self._bot.webhook_url:
            return problem(
                ABOUT,
                f"Telegram calls {url or 'nobody'}, not {self._bot.webhook_url}",
                "`botcore telegram set-webhook` puts that right, as the next start does.",
            )
        return warning(
            ABOUT,
            f"Telegram calls {url}, though no webhook_url is configured",
            "The next `botcore run` takes that away and fetches messages itself. "
            "If another program uses this bot, give each a bot of its own.",
        )

    def _other_pollers(self) -> Iterator[Finding]:
        """See whether another program polls, which only a poll tells. This one confirms nothing."""
        if self._ask("getUpdates?timeout=0&limit=1")[0] == 409:
            yield problem(
                ABOUT,
                "another program fetches this bot's messages (409)",
                "Stop it, or give one of the two a token of its own.",
            )

    def _ask(self, method: str) -> tuple[int, dict[str, Any]]:
        """Return Telegram's code and answer. No error may show the address, since that holds the token."""
        url = f"{self._telegram.base_url}/bot{self._bot.token.get_secret_value()}/{method}"
        try:
            answer = self._client.get(url)
            self._date = answer.headers.get("date", "")
            told = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise _Unreached(type(error).__name__) from None
        result = told.get("result") if isinstance(told, dict) else None
        return answer.status_code, result if isinstance(result, dict) else {}


def _hearing(user: dict[str, Any]) -> Finding:
    name = f"@{user.get('username', '?')}"
    if user.get("can_read_all_group_messages"):
        return ok(ABOUT, f"{name} hears everything that is said in its groups")
    return warning(
        ABOUT,
        f"{name} hears in groups only what is addressed to it (privacy mode): summaries miss the rest",
        "BotFather's /setprivacy turns that off; add the bot to its groups again afterwards. "
        "Or make it an administrator there.",
    )


def _clock(date: str) -> Iterator[Finding]:
    try:
        difference = time.time() - parsedate_to_datetime(date).timestamp()
    except ValueError:
        return
    if abs(difference) > CLOCK_SECONDS:
        yield warning(
            ABOUT,
            f"this machine's clock is {abs(difference):,.0f} s {'ahead of' if difference > 0 else 'behind'} "
            "Telegram's",
            "Let it be set by NTP: times of messages and expiry depend on it.",
        )


def _address(telegram: TelegramSettings) -> Iterator[Finding]:
    parts = urlsplit(telegram.base_url)
    if parts.scheme == "http" and parts.hostname not in REACHED_IN_CLEAR:
        yield warning(
            ABOUT, f"{telegram.base_url} is reached without encryption, token included", "Use https."
        )


def _is_running(settings: Settings) -> bool:
    folder = settings.data_folder
    status = asyncio.run(owner_status(folder)) if folder.exists() else None
    return status is not None and any(adapter.name == ABOUT for adapter in status.adapters)
