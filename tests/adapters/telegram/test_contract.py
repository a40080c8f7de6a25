"""Telegram's adapter keeps the promises of every adapter, however it gets its updates."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from botcore.testing.adapter_contract import AdapterContract
from botcore.testing.conformance.answered import AnsweredContract
from botcore.testing.conformance.capabilities import CapabilitiesContract
from botcore.testing.conformance.connecting import ConnectingContract
from botcore.testing.conformance.declared import DeclaredContract
from botcore.testing.conformance.killed import KilledContract
from botcore.testing.conformance.receiving import ReceivingContract
from botcore.testing.conformance.texts import TextContract
from botcore_telegram import connection, polling, webhook
from tests.adapters.telegram.platform import (
    KillablePlatform,
    PollingPlatform,
    TelegramPlatform,
    WebhookPlatform,
)
from tests.fakes.telegram import Telegram

# Of `RetryAfter.retry_after`, whose type will change.
pytestmark = pytest.mark.filterwarnings("ignore:Deprecated since version v22.2")
IMPATIENCE = 1.0  # seconds, until a call that hangs is given up


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "READ_SECONDS", IMPATIENCE)
    monkeypatch.setattr(polling, "POLL_SECONDS", 1)
    monkeypatch.setattr(polling, "SPARE_SECONDS", IMPATIENCE)
    monkeypatch.setattr(webhook, "SHUTDOWN_SECONDS", 0.1)


@pytest.fixture
async def loopback() -> AsyncIterator[Telegram]:
    async with Telegram() as telegram:
        yield telegram


class TestPolling(AdapterContract):
    @pytest.fixture
    async def platform(self, loopback: Telegram, tmp_path: Path) -> AsyncIterator[PollingPlatform]:
        platform = PollingPlatform(loopback, tmp_path)
        yield platform
        await platform.adapter.close()


class TestWebhook(ReceivingContract, ConnectingContract, DeclaredContract):
    """What comes in another way; what goes out is the same."""

    @pytest.fixture
    async def platform(self, loopback: Telegram, tmp_path: Path) -> AsyncIterator[WebhookPlatform]:
        platform = WebhookPlatform(loopback, tmp_path)
        yield platform
        await platform.adapter.close()


class TestDrafts(CapabilitiesContract, TextContract, AnsweredContract):
    """What goes out looks different; what comes in is the same."""

    @pytest.fixture
    async def platform(self, loopback: Telegram, tmp_path: Path) -> AsyncIterator[TelegramPlatform]:
        platform = TelegramPlatform(loopback, tmp_path, stream="draft")
        yield platform
        await platform.adapter.close()


@pytest.mark.slow
@pytest.mark.timeout(400)  # other work may share the machine
class TestKilled(KilledContract, DeclaredContract):
    """What takes a bot's process. tests/faults/telegram kills it too, and looks into its database."""

    @pytest.fixture
    async def platform(self, loopback: Telegram, tmp_path: Path) -> AsyncIterator[KillablePlatform]:
        platform = KillablePlatform(loopback, tmp_path)
        yield platform
        await platform.adapter.close()
