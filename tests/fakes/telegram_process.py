"""`botcore run` on the loopback Telegram, as a process that is to be killed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from botcore.access.desk import AccessDesk
from botcore.store import Database, Store
from botcore.store.access_store import AccessStore
from botcore.store.place import Place, read_url
from botcore.testing.databases import make_database
from tests.fakes.bot_process import DATABASE, BotProcess
from tests.fakes.telegram import BotAccount, Telegram


class TelegramMeeting:
    """A Telegram, and which process of the bot has reached it."""

    def __init__(self, telegram: Telegram, account: BotAccount) -> None:
        self.telegram = telegram
        self.account = account
        self.port = telegram.port
        self.bot_pid: int | None = None

    async def until(self, condition: Callable[[], bool], what: str, seconds: float = 60.0) -> None:
        await self.telegram.until(condition, what, seconds)


class TelegramProcess(BotProcess):
    """One data folder and the processes that own it. Everybody may talk to the bot."""

    def __init__(self, folder: Path, telegram: Telegram, account: BotAccount) -> None:
        super().__init__(folder, TelegramMeeting(telegram, account))
        self.telegram = telegram
        self.account = account
        self.environment["BOTCORE_TELEGRAM__TOKEN"] = account.token
        self._polls_before = 0
        self._is_open = False

    async def start(self, environment: Mapping[str, str] | None = None) -> None:
        """Start a process and wait until it polls, or until its webhook is there."""
        if not self._is_open:
            await let_everybody_in(self, str(self.account.user.id))
            self._is_open = True
        await super().start(environment)

    def launch(self, environment: Mapping[str, str] | None = None) -> None:
        self._polls_before = self.account.updates.polls
        super().launch(environment)

    @property
    def has_arrived(self) -> bool:
        return self.is_running and (
            self.account.webhook is not None or self.account.updates.polls > self._polls_before
        )

    def adapter_tables(self) -> dict[str, dict[str, Any]]:
        return {
            "access.member": {"messages_per_hour": 0, "tokens_per_day": 0},
            "adapters.telegram": {"base_url": self.telegram.base_url},
        }


async def let_everybody_in(bot: BotProcess, tenant: str, platform: str = "telegram") -> None:
    """Allow a whole bot of Telegram's, or a workspace of Slack's, as `botcore access` does."""
    bot.data.mkdir(parents=True, exist_ok=True)
    url = bot.environment.get(DATABASE)
    place: Place = read_url(url) if url else bot.data / "botcore.db"
    await asyncio.to_thread(make_database, place)
    store = Store(Database(place))
    try:
        desk = AccessDesk(AccessStore(store.database), retention_days=0)
        await desk.set_tenant(platform, tenant, allowed=True)
    finally:
        await store.close()
