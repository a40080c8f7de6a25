"""However a turn ends, its user hears of it, once, and the conversation goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from botcore import Context, ModelMessage, Pieces, Plugin
from botcore.adapter import Capabilities, Outgoing, StreamMode
from botcore.chat_sender import Preview
from botcore.domain import Overlap
from botcore.engine import Options
from botcore.errors import OutcomeUnknown, OwnerError
from botcore.pipeline import Handler
from botcore.store import Claim, Closing, Database, InboxState, OutboxPart, Store
from botcore.store.operate import Operator
from botcore.testing import FakeEngine, MemoryAdapter
from botcore.turns import Ending, Turns
from tests.botcore.running_bot import running, talking_plugin
from tests.botcore.test_lanes import leave_unanswered


def waiting_engine(gate: asyncio.Event) -> FakeEngine:
    """An engine that answers `slow` when the gate opens, and everything else at once."""

    async def answer(messages: Sequence[ModelMessage], options: Options) -> str:
        if messages[-1].text == "slow":
            await gate.wait()
        return f"answer to {messages[-1].text}"

    return FakeEngine(answer)


async def until_asked(engine: FakeEngine, times: int = 1) -> None:
    async with asyncio.timeout(30):
        while len(engine.requests) < times:
            await asyncio.sleep(0.01)


async def test_a_turn_that_is_stopped_before_it_begins_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = Turns._start

    def start_and_stop(turns: Turns, claim: Claim) -> None:
        start(turns, claim)
        if claim.event.text == "never mind":
            turns._running[claim.turn_id].end(Ending.STOPPED)

    monkeypatch.setattr(Turns, "_start", start_and_stop)
    async with running(tmp_path, FakeEngine("yes")) as at, asyncio.timeout(20):
        assert await at.ask("never mind") == "_Stopped._"
        assert await at.ask("hello") == "yes"


async def test_a_stop_does_not_lose_what_is_being_told_that_it_expired(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = await leave_unanswered(tmp_path, direct=True)
    close, closing = Store.close_turn, asyncio.Event()

    async def close_slowly(store: Store, claim: Claim, ending: Closing) -> bool:
        if ending.state is InboxState.EXPIRED:
            closing.set()
            await asyncio.sleep(0.5)
        return await close(store, claim, ending)

    monkeypatch.setattr(Store, "close_turn", close_slowly)
    async with running(tmp_path, FakeEngine("yes")) as at, asyncio.timeout(20):
        await closing.wait()
        await at.ask("/stop")
        assert "too long" in await at.adapter.answer_to(event.message_id)
        assert await at.ask("hello") == "yes"


async def test_a_stop_on_a_slow_database_stops_all_or_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, slow = Database.write, False

    async def write_slowly(database: Database, body: Callable[[Connection], object]) -> object:
        if slow:
            await asyncio.sleep(0.1)
        return await write(database, body)

    monkeypatch.setattr(Database, "write", write_slowly)
    monkeypatch.setattr("botcore.turns.CONTROL_SECONDS", 0.3)
    monkeypatch.setattr("botcore.turns.RETRY_SECONDS", 0.05)
    engine = waiting_engine(asyncio.Event())
    async with running(tmp_path, engine) as at, asyncio.timeout(60):
        asked = [await at.adapter.post(text) for text in ("slow", "two", "three", "four", "five")]
        await until_asked(engine)
        slow = True
        await at.adapter.post("/stop")

        assert [await at.adapter.answer_to(one) for one in asked] == ["_Stopped._"] * 5
        assert await at.ask("six") == "answer to six"


async def test_a_stop_that_comes_late_leaves_what_was_asked_after_it(tmp_path: Path) -> None:
    late, gate = asyncio.Event(), asyncio.Event()
    plugin = talking_plugin()

    @plugin.middleware
    async def delay(call_next: Handler, context: Context) -> None:
        if context.event.text == "/stop":
            await late.wait()
        await call_next(context)

    engine = waiting_engine(gate)
    async with running(tmp_path, engine, plugins=[plugin]) as at, asyncio.timeout(20):
        stop = await at.adapter.post("/stop")
        question = await at.adapter.post("slow")
        await until_asked(engine)
        late.set()

        assert await at.adapter.answer_to(stop) == "There is nothing to stop."
        gate.set()
        assert await at.adapter.answer_to(question) == "answer to slow"


async def test_a_message_that_is_refused_interrupts_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("botcore.load.MAX_RUNNING", 1)
    gate = asyncio.Event()
    engine = waiting_engine(gate)
    overlap = Overlap.INTERRUPT
    async with running(tmp_path, engine, overlap=overlap, max_waiting=1) as at, asyncio.timeout(20):
        first = await at.adapter.post("slow")
        await until_asked(engine)
        await at.adapter.post("elsewhere", chat="garden")
        second = await at.adapter.post("and this")

        assert "I can't take this one" in await at.adapter.answer_to(second)
        gate.set()
        assert await at.adapter.answer_to(first) == "answer to slow"


async def test_what_waits_behind_a_long_answer_does_not_expire(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("botcore.waiting.TELL_SECONDS", 0.05)
    monkeypatch.setattr("botcore.waiting.TELL_AFTER", timedelta(0))
    gate = asyncio.Event()
    engine = waiting_engine(gate)
    async with running(tmp_path, engine, expires_seconds=4.0) as at, asyncio.timeout(30):
        asked = [await at.adapter.post(text) for text in ("slow", "two", "three")]
        await until_asked(engine)
        await asyncio.sleep(4.5)
        gate.set()

        assert [await at.adapter.answer_to(one) for one in asked[1:]] == ["answer to two", "answer to three"]


async def test_an_answer_whose_commit_was_not_confirmed_is_delivered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    close, failures = Store.close_turn, [OperationalError("COMMIT", None, OSError("connection lost"))]

    async def close_and_lose_the_connection(store: Store, claim: Claim, ending: Closing) -> bool:
        closed = await close(store, claim, ending)
        if failures:
            raise failures.pop()
        return closed

    monkeypatch.setattr(Store, "close_turn", close_and_lose_the_connection)
    async with running(tmp_path, FakeEngine("yes")) as at, asyncio.timeout(10):
        assert await at.ask("hello") == "yes"


async def test_a_bot_whose_database_fails_at_its_start_begins_when_it_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    undelivered, failures = Store.undelivered, [OperationalError("SELECT", None, OSError("no server"))] * 2

    async def fail_at_first(store: Store, *, in_doubt: bool = False) -> list[OutboxPart]:
        if failures:
            raise failures.pop()
        return await undelivered(store, in_doubt=in_doubt)

    monkeypatch.setattr(Store, "undelivered", fail_at_first)
    async with running(tmp_path, FakeEngine("yes")) as at, asyncio.timeout(20):
        assert await at.ask("hello") == "yes"
    assert not failures


async def test_a_bot_outlives_the_moments_in_which_nobody_may_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("botcore.turns.POLL_SECONDS", 0.02)
    async with running(tmp_path, FakeEngine("yes")) as at, asyncio.timeout(20):
        assert await at.ask("hello") == "yes"
        at.bot.store.database.refuse(OwnerError("The database's lock was lost."))
        await asyncio.sleep(0.2)
        at.bot.store.database.refuse(None)

        assert not at.task.done()
        assert await at.ask("hello?") == "yes"


@pytest.mark.parametrize("mode", [StreamMode.EDIT, StreamMode.DRAFT])
async def test_a_notice_that_comes_after_the_answer_is_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: StreamMode
) -> None:
    claims: list[Claim] = []
    start = Turns._start

    def note(turns: Turns, claim: Claim) -> None:
        claims.append(claim)
        start(turns, claim)

    monkeypatch.setattr(Turns, "_start", note)
    adapter = DraftingAdapter(capabilities=Capabilities(stream_mode=mode, edit_interval=0.0))
    async with running(tmp_path, FakeEngine("yes"), adapter=adapter) as at, asyncio.timeout(20):
        question = await at.adapter.post("hello")
        assert await at.adapter.answer_to(question) == "yes"
        adapter.drafts.clear()

        [claim] = claims
        notice = Outgoing(
            claim.event.key, "", final=False, answers=question, progress="Waiting: you are next"
        )
        at.bot._delivery.preview(Preview(claim.scope, claim.turn_id, 0, notice))
        await asyncio.sleep(0.2)

        assert [shown.text for shown in at.adapter.answers_to(question)] == ["yes"]
        assert not adapter.drafts
        assert not at.bot._delivery._senders
        assert not await at.bot.store.undelivered()


class DraftingAdapter(MemoryAdapter):
    """A platform that shows drafts, too."""

    def __init__(self, capabilities: Capabilities) -> None:
        super().__init__(capabilities=capabilities)
        self.drafts: list[Outgoing] = []

    async def draft(self, message: Outgoing) -> None:
        self.drafts.append(message)


async def test_an_answer_that_was_shown_again_is_not_among_what_was_given_up(tmp_path: Path) -> None:
    adapter = MemoryAdapter(capabilities=Capabilities(stream_mode=StreamMode.FINAL))
    adapter.errors = [OutcomeUnknown()]
    async with running(tmp_path, FakeEngine("yes"), adapter=adapter) as at, asyncio.timeout(20):
        await at.ask("hello")
        operator = Operator(at.bot.store.database)
        assert [one.text for one in await operator.dead_letters()] == ["yes"]

        assert await at.ask("/missed") == "yes"
        assert not await operator.dead_letters()


async def test_a_database_that_fails_is_no_fault_of_the_plugin_that_asks_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("botcore.turns.RETRY_SECONDS", 0.01)
    failing = True
    plugin = Plugin("talk")

    @plugin.answerer
    async def talk() -> Pieces:
        if failing:
            raise OperationalError("SELECT", None, OSError("connection lost"))
        yield "yes"

    async with running(tmp_path, FakeEngine(), plugins=[plugin]) as at, asyncio.timeout(60):
        for chat in ("one", "two", "three"):
            assert "something went wrong" in await at.ask("hello", chat=chat)
        failing = False

        assert await at.ask("hello") == "yes"


async def test_what_was_claimed_though_nobody_was_told_is_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection may break between a commit and its confirmation."""
    monkeypatch.setattr("botcore.turns.POLL_SECONDS", 0.05)
    claim_some = Store.claim_some
    gate, lost = asyncio.Event(), 0

    async def claim_and_lose(store: Store, *arguments: Any, **options: Any) -> list[Claim]:
        nonlocal lost
        claims = await claim_some(store, *arguments, **options)
        if any(claim.event.text == "lost" for claim in claims) and not lost:
            lost += 1
            raise OperationalError("COMMIT", None, OSError("connection lost"))
        return claims

    monkeypatch.setattr(Store, "claim_some", claim_and_lose)
    engine = waiting_engine(gate)
    async with running(tmp_path, engine) as at, asyncio.timeout(20):
        slow = await at.adapter.post("slow", chat="another")
        await until_asked(engine)

        assert await at.ask("lost") == "answer to lost"
        gate.set()
        assert await at.adapter.answer_to(slow) == "answer to slow"
    assert lost == 1
    assert len(engine.requests) == 2, "what is being answered stays in its hands"


async def test_a_turn_that_breaks_off_is_answered_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("botcore.turns.POLL_SECONDS", 0.05)
    answer, broken = Turns._answer, 0

    async def break_off(turns: Turns, claim: Claim) -> None:
        nonlocal broken
        broken += 1
        if broken == 1:
            raise RuntimeError("planned")
        await answer(turns, claim)

    monkeypatch.setattr(Turns, "_answer", break_off)
    async with running(tmp_path, FakeEngine("yes")) as at, asyncio.timeout(20):
        assert await at.ask("hello") == "yes"
