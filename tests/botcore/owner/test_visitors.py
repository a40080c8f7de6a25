"""Adapters that other processes bring, over a real socket and a real database."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from botcore import Outgoing, OwnerGone, Receipt, Receive, Refused
from botcore.control import client as client_module
from botcore.control.client import reach, reach_or_own
from botcore.control.office import OpenOffice
from botcore.control.operations import Premises
from botcore.control.remote_bot import RemoteBot
from botcore.control.server import serving_control
from botcore.delivery import Delivery
from botcore.errors import OwnerError
from botcore.owner import own
from botcore.store.operate import Operator
from botcore.testing import FakeEngine, MemoryAdapter
from tests.botcore.running_bot import Running, running


class Terminal(MemoryAdapter):
    """Serves one chat."""

    def __init__(self) -> None:
        super().__init__("terminal")
        self.chat = "terminal"
        self._runs = asyncio.Event()

    async def run(self, receive: Receive) -> None:
        self._runs.set()
        await super().run(receive)

    async def write(self, text: str) -> str:
        """Write in the chat that this terminal was given."""
        await self._runs.wait()
        return await self.post(text, chat=self.chat)

    async def ask(self, text: str) -> str:
        return await self.answer_to(await self.write(text))


@asynccontextmanager
async def owning(folder: Path, engine: FakeEngine) -> AsyncIterator[Running]:
    """Run a bot that other processes reach."""
    async with running(folder, engine) as owner:
        office = OpenOffice(Premises(Operator(owner.bot.store.database), owner.bot))
        async with serving_control(folder, engine, office, lasts=True):
            yield owner


@asynccontextmanager
async def visiting(folder: Path, adapter: MemoryAdapter) -> AsyncIterator[asyncio.Task[None]]:
    """Bring an adapter, as another process does."""
    async with reach(folder) as client:
        assert client
        visit = asyncio.create_task(RemoteBot(client, adapter, await client.commands()).run())
        try:
            yield visit
        finally:
            visit.cancel()
            await asyncio.gather(visit, return_exceptions=True)


async def test_a_visitor_asks_and_is_answered(tmp_path: Path) -> None:
    terminal = Terminal()
    async with owning(tmp_path, FakeEngine("old pond", pace=0.05)), visiting(tmp_path, terminal):
        assert await terminal.ask("haiku") == "old pond"

    [message] = terminal.shown.values()
    assert message.is_final


async def test_two_of_a_kind_have_chats_of_their_own(tmp_path: Path) -> None:
    one, other = Terminal(), Terminal()
    async with owning(tmp_path, FakeEngine("yes")), visiting(tmp_path, one):
        await one.ask("hello")
        async with visiting(tmp_path, other):
            await other.ask("hello")

            assert (one.chat, other.chat) == ("terminal", "terminal-2")
            assert (len(one.shown), len(other.shown)) == (1, 1)


async def test_a_chat_that_was_left_is_free_again(tmp_path: Path) -> None:
    one, other = Terminal(), Terminal()
    async with owning(tmp_path, FakeEngine("yes")) as owner:
        async with visiting(tmp_path, one):
            await one.ask("hello")
        while len(list(owner.bot.fronts)) > 1:
            await asyncio.sleep(0.01)
        async with visiting(tmp_path, other):
            await other.ask("hello")

    assert other.chat == "terminal"


async def test_what_could_not_be_shown_is_shown_to_the_next(tmp_path: Path) -> None:
    engine = FakeEngine("the answer", pace=0.2)
    async with owning(tmp_path, engine) as owner:
        gone, back = Terminal(), Terminal()
        async with visiting(tmp_path, gone):
            message_id = await gone.write("hello")
        operator = Operator(owner.bot.store.database)
        while not await operator.outbox():
            await asyncio.sleep(0.01)
        assert await owner.ask("others are not held up") == "the answer"

        async with visiting(tmp_path, back):
            assert await back.answer_to(message_id) == "the answer"
        assert await operator.outbox() == []

    assert len(back.shown) == 1


async def test_a_visitor_is_greeted_before_anything_is_sent_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = FakeEngine("the answer", pace=0.2)
    async with owning(tmp_path, engine) as owner:
        gone, back = Terminal(), Terminal()
        async with visiting(tmp_path, gone):
            message_id = await gone.write("hello")
        while not await Operator(owner.bot.store.database).outbox():
            await asyncio.sleep(0.01)

        async def mark_stale_slowly(delivery: Delivery) -> None:
            while not back.shown:
                await asyncio.sleep(0.01)

        monkeypatch.setattr(Delivery, "mark_stale", mark_stale_slowly)
        async with visiting(tmp_path, back):
            assert await back.answer_to(message_id) == "the answer"
            assert await back.ask("and now?") == "the answer"


async def test_what_the_visitor_refuses_is_known_to_the_owner(tmp_path: Path) -> None:
    terminal = Terminal()
    terminal.errors = [Refused()]
    async with owning(tmp_path, FakeEngine("")) as owner, visiting(tmp_path, terminal):
        await terminal.ask("/count")

        [letter] = await Operator(owner.bot.store.database).dead_letters()
        assert (letter.state, letter.chat) == ("dead", "terminal")


class Lost(Terminal):
    """Hangs in the middle of showing something."""

    def __init__(self) -> None:
        super().__init__()
        self.began = asyncio.Event()

    async def create(self, message: Outgoing) -> Receipt:
        self.began.set()
        return await asyncio.Future()


async def test_what_may_have_been_shown_is_not_shown_again_by_itself(tmp_path: Path) -> None:
    lost, back = Lost(), Terminal()
    async with owning(tmp_path, FakeEngine("yes")) as owner:
        async with visiting(tmp_path, lost):
            await lost.write("/count")
            await lost.began.wait()
        operator = Operator(owner.bot.store.database)
        while [entry.state for entry in await operator.outbox()] != ["unknown"]:
            await asyncio.sleep(0.01)
        async with visiting(tmp_path, back):
            await back.ask("hello")

    assert "1" not in [message.text for message in back.shown.values()]


async def test_an_owner_that_leaves_is_told(tmp_path: Path) -> None:
    terminal = Terminal()
    async with owning(tmp_path, FakeEngine("yes")):
        visit = visiting(tmp_path, terminal)
        task = await visit.__aenter__()
        await terminal.ask("hello")

    with pytest.raises(OwnerGone):
        await task
    await visit.__aexit__(None, None, None)


async def test_an_owner_of_another_version_is_told_in_one_line(tmp_path: Path) -> None:
    async with owning(tmp_path, FakeEngine("yes")), reach(tmp_path) as client:
        assert client
        for ask in (client.operate("not-yet-invented"), client.get("/not-yet-invented")):
            with pytest.raises(OwnerError, match="another version"):
                await ask


async def test_an_owner_that_does_not_listen_is_waited_for(tmp_path: Path) -> None:
    with own(tmp_path):
        waiting = asyncio.create_task(entered(tmp_path))
        await asyncio.sleep(0.3)
        assert not waiting.done()

    assert await waiting is None


async def test_one_that_goes_on_not_to_listen_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "STARTING_SECONDS", 0.2)
    with own(tmp_path), pytest.raises(OwnerError, match=f"process {os.getpid()}.*Try again"):
        await entered(tmp_path)


async def entered(folder: Path) -> object:
    async with reach_or_own(folder) as owner:
        return owner
