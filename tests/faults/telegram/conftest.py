"""A Telegram on loopback, and a bot's processes on it. Whoever writes there may talk to the bot."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fakes.bot_process import DATABASE
from tests.fakes.postgresql import PostgresqlServer
from tests.fakes.telegram import BotAccount, Person, Telegram
from tests.fakes.telegram_process import TelegramProcess


@pytest.fixture
async def telegram() -> AsyncIterator[Telegram]:
    async with Telegram() as telegram:
        yield telegram


@pytest.fixture
def account(telegram: Telegram) -> BotAccount:
    return telegram.bot()


@pytest.fixture
def ana(telegram: Telegram) -> Person:
    return telegram.person("Ana", "ana_k")


@pytest.fixture
async def bot(
    tmp_path: Path, telegram: Telegram, account: BotAccount, request: pytest.FixtureRequest
) -> AsyncIterator[TelegramProcess]:
    """Not started yet, so that a test can change its settings. `on_both` gives it either database."""
    bot = TelegramProcess(tmp_path / "bot", telegram, account)
    if getattr(request, "param", "sqlite") == "postgresql":
        server: PostgresqlServer = request.getfixturevalue("postgresql")
        url = server.new(migrated=False).render_as_string(hide_password=False)
        bot.environment[DATABASE] = url
    yield bot
    if bot.is_running:
        await bot.kill()
