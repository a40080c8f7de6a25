"""A platform, and a bot's processes on it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fakes.bot_process import BotProcess
from tests.fakes.platform import Platform


@pytest.fixture
async def platform() -> AsyncIterator[Platform]:
    async with Platform() as platform:
        yield platform


@pytest.fixture
async def bot(tmp_path: Path, platform: Platform) -> AsyncIterator[BotProcess]:
    """Not started yet, so that a test can change its settings."""
    bot = BotProcess(tmp_path / "bot", platform)
    yield bot
    if bot.is_running:
        await bot.kill()
