"""A platform, and a bot's processes on it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fakes.bot_process import DATABASE, BotProcess
from tests.fakes.platform import Platform
from tests.fakes.postgresql import PostgresqlServer


@pytest.fixture
async def platform() -> AsyncIterator[Platform]:
    async with Platform() as platform:
        yield platform


@pytest.fixture
async def bot(
    tmp_path: Path, platform: Platform, request: pytest.FixtureRequest
) -> AsyncIterator[BotProcess]:
    """Not started yet, so that a test can change its settings. `on_both` gives it either database."""
    bot = BotProcess(tmp_path / "bot", platform)
    if getattr(request, "param", "sqlite") == "postgresql":
        server: PostgresqlServer = request.getfixturevalue("postgresql")
        url = server.new(migrated=False).render_as_string(hide_password=False)
        bot.environment[DATABASE] = url
    yield bot
    if bot.is_running:
        await bot.kill()
