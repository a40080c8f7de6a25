"""Telegram's adapter keeps the promises of every adapter, however it gets its updates."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from botcore.testing.adapter_contract import AdapterContract
from botcore_telegram import connection
from tests.adapters.telegram.platform import TelegramPlatform
from tests.fakes.telegram import Telegram

# Of `RetryAfter.retry_after`, whose type will change.
pytestmark = pytest.mark.filterwarnings("ignore:Deprecated since version v22.2")
IMPATIENCE = 1.0  # seconds, until a call that hangs is given up


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "READ_SECONDS", IMPATIENCE)


@pytest.fixture
async def loopback() -> AsyncIterator[Telegram]:
    async with Telegram() as telegram:
        yield telegram


class TestPolling(AdapterContract):
    @pytest.fixture
    async def platform(self, loopback: Telegram, tmp_path: Path) -> AsyncIterator[TelegramPlatform]:
        platform = TelegramPlatform(loopback, tmp_path)
        yield platform
        await platform.adapter.close()


class TestWebhook(AdapterContract):
    @pytest.fixture
    async def platform(self, loopback: Telegram, tmp_path: Path) -> AsyncIterator[TelegramPlatform]:
        platform = TelegramPlatform(loopback, tmp_path, webhook=True)
        yield platform
        await platform.adapter.close()


class TestDrafts(AdapterContract):
    @pytest.fixture
    async def platform(self, loopback: Telegram, tmp_path: Path) -> AsyncIterator[TelegramPlatform]:
        platform = TelegramPlatform(loopback, tmp_path, stream="draft")
        yield platform
        await platform.adapter.close()
