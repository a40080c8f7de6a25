"""A text that may have arrived is looked for, where the platform can be asked."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, select, update

from botcore.adapter import Capabilities, Outgoing, Receipt, StreamMode
from botcore.errors import DeliveryError, OutcomeUnknown, Refused, RetryLater
from botcore.store import schema
from botcore.testing import FakeEngine, MemoryAdapter
from tests.botcore.running_bot import running

WHOLE = Capabilities(stream_mode=StreamMode.FINAL)


class FindingAdapter(MemoryAdapter):
    """Knows every message by its mark."""

    def __init__(self, capabilities: Capabilities = WHOLE) -> None:
        super().__init__(capabilities=capabilities)
        self.marks: dict[str, Receipt] = {}
        self.looks: list[str] = []
        self.blind: DeliveryError | None = None  # why nobody can tell

    async def create(self, message: Outgoing) -> Receipt:
        before = set(self.shown)
        try:
            return await super().create(message)
        finally:
            for shown_id in set(self.shown) - before:
                self.marks[message.delivery_id] = Receipt(shown_id)

    async def find_sent(self, message: Outgoing, since: datetime) -> Receipt | None:
        self.looks.append(message.delivery_id)
        assert since <= datetime.now(UTC)
        if isinstance(self.blind, RetryLater):
            error, self.blind = self.blind, None
            raise error
        if self.blind:
            raise self.blind
        return self.marks.get(message.delivery_id)

    def texts(self) -> list[str]:
        return [message.text for message in self.shown.values() if not message.deleted]


async def test_one_that_arrived_is_not_sent_again(tmp_path: Path) -> None:
    adapter = FindingAdapter()
    adapter.lost_receipts = 1
    async with running(tmp_path, FakeEngine(["yes", "more"]), adapter=adapter) as at:
        assert await at.ask("hello") == "yes"
        assert await at.ask("again") == "more"  # and nothing is offered

    assert len(adapter.looks) == 1


async def test_one_that_never_arrived_is_sent(tmp_path: Path) -> None:
    adapter = FindingAdapter()
    adapter.errors = [OutcomeUnknown(), OutcomeUnknown()]
    async with running(tmp_path, FakeEngine("yes"), adapter=adapter) as at:
        assert await at.ask("hello") == "yes"

    assert (len(adapter.looks), len(set(adapter.looks))) == (2, 1)


async def test_one_that_gets_lost_again_and_again_is_left_in_doubt(tmp_path: Path) -> None:
    adapter = FindingAdapter()
    adapter.errors = [OutcomeUnknown()] * 3
    async with running(tmp_path, FakeEngine(["yes", "more"]), adapter=adapter) as at:
        assert await at.ask("hello") == ""
        assert "/missed" in await at.ask("again")


async def test_a_platform_that_asks_for_patience_is_asked_again(tmp_path: Path) -> None:
    adapter = FindingAdapter()
    adapter.lost_receipts, adapter.blind = 1, RetryLater(after=0.01)
    async with running(tmp_path, FakeEngine("yes"), adapter=adapter) as at:
        assert await at.ask("hello") == "yes"

    assert len(adapter.shown) == 1


@pytest.mark.parametrize("why", [OutcomeUnknown(), Refused()])
async def test_while_nobody_can_tell_it_stays_in_doubt(tmp_path: Path, why: DeliveryError) -> None:
    adapter = FindingAdapter()
    adapter.errors, adapter.blind = [OutcomeUnknown()], why
    async with running(tmp_path, FakeEngine(["yes", "more"]), adapter=adapter) as at:
        assert await at.ask("hello") == ""
        assert "/missed" in await at.ask("again")
        assert await at.ask("/missed") == "yes"


@pytest.mark.parametrize("arrived", [True, False])
async def test_a_restart_finds_or_sends_it(tmp_path: Path, arrived: bool) -> None:
    adapter = FindingAdapter()
    adapter.blind = OutcomeUnknown()
    if arrived:
        adapter.lost_receipts = 1
    else:
        adapter.errors = [OutcomeUnknown()]
    async with running(tmp_path, FakeEngine("yes"), adapter=adapter) as at:
        await at.ask("hello")
    later = FindingAdapter()
    later.marks = adapter.marks
    async with running(tmp_path, FakeEngine("more"), adapter=later) as at:
        assert await at.ask("again") == "more"

    assert later.texts() == (["more"] if arrived else ["yes", "more"])
    assert later.looks == adapter.looks


async def test_nothing_is_offered_while_it_is_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    adapter = FindingAdapter()
    adapter.errors, adapter.blind = [OutcomeUnknown()], OutcomeUnknown()
    async with running(tmp_path, FakeEngine("yes"), adapter=adapter) as at:
        await at.ask("hello")
    later, looked = FindingAdapter(), asyncio.Event()

    async def look(message: Outgoing, since: datetime) -> Receipt | None:
        await looked.wait()
        return None

    monkeypatch.setattr(later, "find_sent", look)
    async with running(tmp_path, FakeEngine("more"), adapter=later) as at:
        asked = await later.post("again")
        closed = select(schema.turn.c.answer).where(schema.turn.c.answer == "more")
        async with asyncio.timeout(10):
            while not await at.bot.store.database.read(lambda connection: connection.scalar(closed)):
                await asyncio.sleep(0.01)
        looked.set()
        assert await later.answer_to(asked) == "more"

    assert later.texts() == ["yes", "more"]


async def test_what_is_in_doubt_for_days_is_left_to_its_reader(tmp_path: Path) -> None:
    adapter = FindingAdapter()
    adapter.errors, adapter.blind = [OutcomeUnknown()], OutcomeUnknown()
    async with running(tmp_path, FakeEngine("yes"), adapter=adapter) as at:
        await at.ask("hello")
    with _database(tmp_path) as connect:
        connect.execute(update(schema.outbox).values(created_at=datetime.now(UTC) - timedelta(days=2)))
    later = FindingAdapter()
    async with running(tmp_path, FakeEngine("more"), adapter=later) as at:
        assert "/missed" in await at.ask("again")

    assert later.looks == []


@pytest.mark.parametrize("at_text", ["one two", "one two three"])
async def test_a_message_may_go_on_as_another(tmp_path: Path, at_text: str) -> None:
    """As when a platform lets none grow for long. The one before is taken away."""

    class Moving(FindingAdapter):
        async def edit(self, receipt: Receipt, message: Outgoing) -> Receipt | None:
            if message.final != (at_text == "one two three") or message.text != at_text:
                await super().edit(receipt, message)
                return None
            return await super().create(message)

    adapter = Moving(Capabilities(edit_interval=0.0))
    async with running(tmp_path, FakeEngine("one two three", pace=0.1), adapter=adapter) as at:
        assert await at.ask("count") == "one two three"

    assert [message.deleted for message in adapter.shown.values()] == [True, False]


@contextmanager
def _database(folder: Path) -> Iterator[Any]:
    engine = create_engine(f"sqlite:///{next(folder.glob('*.db'))}")
    with engine.begin() as connection:
        yield connection
    engine.dispose()
