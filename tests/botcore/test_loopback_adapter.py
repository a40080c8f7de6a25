"""The adapter that the tests of faults use keeps the contract of all adapters itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from botcore.adapter import AdapterSetup
from botcore.testing.adapter_contract import AdapterContract
from botcore.testing.conformance.declared import DeclaredContract
from botcore.testing.conformance.killed import KilledContract
from botcore.testing.platform import BotTable
from tests.fakes.adapter import LoopbackAdapter
from tests.fakes.platform import Fault, Platform


class LoopbackPlatform:
    """What people see of the platform on loopback."""

    def __init__(self, server: Platform) -> None:
        self._server = server
        self._last = ""
        self.adapter = self._new_adapter()

    async def post(self, text: str) -> None:
        self._last = self._server.post(text)

    def shown(self) -> list[str]:
        return [message.text for message in self._server.messages.values() if not message.deleted]

    async def redeliver(self) -> None:
        self._server.deliver_again(self._last)

    def unacknowledged(self) -> int:
        return self._server.unacknowledged

    async def start_again(self) -> None:
        self._server.cut()
        self.adapter = self._new_adapter()

    def flood(self, seconds: float) -> None:
        self._server.faults.append(Fault(error="retry_later", retry_after=seconds))

    def fail(self) -> None:
        self._server.faults.append(Fault(error="retry_later"))

    def cut(self, *, after_effect: bool) -> None:
        self._server.faults.append(Fault(cut_before=not after_effect, cut_after=after_effect))

    def refuse(self) -> None:
        self._server.faults.append(Fault(error="refused"))

    def take_away(self) -> None:
        *_, message = self._server.messages.values()
        message.deleted = True

    async def post_in_thread(self, text: str, thread: int) -> None:
        self._server.post(text, thread=str(thread))

    def shown_in_thread(self, thread: int) -> list[str]:
        return [m.text for m in self._server.messages.values() if m.thread == str(thread)]

    async def disconnect(self) -> None:
        self._server.cut()

    async def post_as_bot(self, text: str) -> None:
        self._server.post(text, author="other", is_bot=True)

    async def echo(self) -> None:
        self._server.post(self.shown()[-1], author="the-bot", is_bot=True)

    def _new_adapter(self) -> LoopbackAdapter:
        return LoopbackAdapter(AdapterSetup({"port": self._server.port}, Path()))


class KillableLoopback(LoopbackPlatform):
    """A bot's process can reach it."""

    def bot_table(self) -> BotTable:
        return BotTable("test", {"port": self._server.port}, use="tests.fakes.adapter:LoopbackAdapter")


class TestLoopbackAdapter(AdapterContract):
    @pytest.fixture
    async def platform(self) -> AsyncIterator[LoopbackPlatform]:
        async with Platform() as server:
            yield LoopbackPlatform(server)


@pytest.mark.slow
@pytest.mark.timeout(400)  # other work may share the machine
class TestKilled(KilledContract, DeclaredContract):
    """What takes a bot's process. tests/faults kills it too, and looks into its database."""

    @pytest.fixture
    async def platform(self) -> AsyncIterator[KillableLoopback]:
        async with Platform() as server:
            yield KillableLoopback(server)
