"""Slack's adapter keeps the promises of every adapter, however it hears of things."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from botcore.testing.adapter_contract import AdapterContract
from botcore.testing.conformance.capabilities import CapabilitiesContract
from botcore.testing.conformance.connecting import ConnectingContract
from botcore.testing.conformance.declared import DeclaredContract
from botcore.testing.conformance.filling_in import FormsContract
from botcore.testing.conformance.killed import KilledContract
from botcore.testing.conformance.meeting import answer_to, running, soon
from botcore.testing.conformance.receiving import ReceivingContract
from botcore.testing.platform import Platform
from botcore_slack import connection, http_server, sockets, websocket
from botcore_slack.sender import Sender
from tests.adapters.slack.platform import (
    HttpPlatform,
    KillablePlatform,
    SlackPlatform,
    SocketPlatform,
)
from tests.fakes.slack import Slack

IMPATIENCE = 1.0  # seconds, until a call that hangs is given up


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "CALL_SECONDS", IMPATIENCE)
    monkeypatch.setattr(sockets, "HEARTBEAT_SECONDS", IMPATIENCE)
    monkeypatch.setattr(websocket, "DRAIN_SECONDS", 0.1)
    monkeypatch.setitem(Sender.__init__.__kwdefaults__ or {}, "settled", IMPATIENCE)
    monkeypatch.setattr(http_server, "SHUTDOWN_SECONDS", 0.1)


@pytest.fixture
async def loopback() -> AsyncIterator[Slack]:
    async with Slack() as slack:
        yield slack


class SlackCommands:
    """Where Slack differs from what the contract expects of every platform."""

    async def test_commands_are_offered(self, platform: Platform) -> None:
        """Slack offers the commands of the app's manifest. Others are typed without the slash it keeps."""
        assert isinstance(platform, SlackPlatform)
        platform.adapter.show_commands({"help": "Say what I can do", "haiku": "Write a poem"})
        async with running(platform) as events:
            words = ("haiku", "haiku 5", "help me")
            typed = [(await answer_to(platform, events, text)).text for text in words]
            for command, text in (("/botcore", "haiku autumn"), ("/haiku", "autumn"), ("/botcore", "")):
                platform.type(command, text)
                typed.append((await soon(events)).text)

        assert typed == ["/haiku", "/haiku 5", "help me", "/haiku autumn", "/haiku autumn", "/help"]


class TestSockets(SlackCommands, AdapterContract):
    @pytest.fixture
    async def platform(self, loopback: Slack, tmp_path: Path) -> AsyncIterator[SocketPlatform]:
        platform = SocketPlatform(loopback, tmp_path)
        yield platform
        await platform.adapter.close()

    @pytest.mark.filterwarnings("ignore:BasicAuth is deprecated")  # slack_sdk's own, of aiohttp's
    async def test_what_it_keeps_in_its_own_tables_is_there_for_the_next(self, platform: Platform) -> None:
        """A single workspace's token is in the configuration; what many have given is kept."""
        assert isinstance(platform, SlackPlatform)
        many = platform.of_many()
        try:
            await super().test_what_it_keeps_in_its_own_tables_is_there_for_the_next(many)
        finally:
            await many.adapter.close()


class TestHttp(SlackCommands, ReceivingContract, ConnectingContract, CapabilitiesContract, FormsContract):
    """What comes in comes another way; what goes out goes as with sockets."""

    @pytest.fixture
    async def platform(self, loopback: Slack, tmp_path: Path) -> AsyncIterator[HttpPlatform]:
        platform = HttpPlatform(loopback, tmp_path)
        yield platform
        await platform.adapter.close()


@pytest.mark.slow
@pytest.mark.timeout(400)  # other work may share the machine
class TestKilled(KilledContract, DeclaredContract):
    @pytest.fixture
    async def platform(self, loopback: Slack, tmp_path: Path) -> AsyncIterator[KillablePlatform]:
        platform = KillablePlatform(loopback, tmp_path)
        yield platform
        await platform.adapter.close()
