"""What people see of an answer, whatever the platform does."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest

from botcore.adapter import Capabilities, Outgoing, Receipt, StreamMode
from botcore.domain import ConversationKey
from botcore.errors import OutcomeUnknown, Refused, RetryLater
from botcore.part_sender import PartSender
from botcore.store import OutboxPart, OutboxState, Store
from botcore.testing import FakeEngine, MemoryAdapter
from tests.botcore.running_bot import running


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("botcore.turns.RETRY_SECONDS", 0.01)


async def test_what_people_saw_as_a_preview_becomes_the_answer(tmp_path: Path) -> None:
    async with running(tmp_path, FakeEngine("one two three", pace=0.1)) as at:
        question = await at.adapter.post("count")
        await at.adapter.answer_to(question)

        [message] = at.adapter.answers_to(question)

    assert [v.final for v in message.versions] == [False] * (len(message.versions) - 1) + [True]
    assert len(message.versions) > 2
    assert message.text == "one two three"


async def test_a_platform_without_edits_sees_the_final_text_only(tmp_path: Path) -> None:
    adapter = MemoryAdapter(capabilities=Capabilities(stream_mode=StreamMode.FINAL))
    async with running(tmp_path, FakeEngine("one two three", pace=0.01), adapter=adapter) as at:
        question = await at.adapter.post("count")
        await at.adapter.answer_to(question)

        [message] = at.adapter.answers_to(question)

    assert [v.text for v in message.versions] == ["one two three"]


async def test_a_platform_that_asks_for_patience_gets_the_answer_later(tmp_path: Path) -> None:
    adapter = MemoryAdapter(capabilities=Capabilities(stream_mode=StreamMode.FINAL))
    adapter.errors = [RetryLater(after=0.01), RetryLater(after=0.01)]
    async with running(tmp_path, FakeEngine("yes"), adapter=adapter) as at:
        assert await at.ask("hello") == "yes"


async def test_an_answer_that_may_have_arrived_is_not_sent_again(tmp_path: Path) -> None:
    adapter = MemoryAdapter(capabilities=Capabilities(stream_mode=StreamMode.FINAL))
    adapter.errors = [OutcomeUnknown()]
    async with running(tmp_path, FakeEngine("yes"), adapter=adapter) as at:
        assert await at.ask("hello") == ""
    async with running(tmp_path, FakeEngine("yes")) as at:
        await at.ask("again")
        assert len(at.adapter.shown) == 1


async def test_a_refused_message_does_not_hold_up_the_next(tmp_path: Path) -> None:
    adapter = MemoryAdapter(capabilities=Capabilities(stream_mode=StreamMode.FINAL))
    adapter.errors = [Refused()]
    async with running(tmp_path, FakeEngine(["one", "two"]), adapter=adapter) as at:
        assert await at.ask("hello") == ""
        assert await at.ask("hello?") == "two"


async def test_a_preview_that_is_refused_does_not_cost_the_answer(tmp_path: Path) -> None:
    adapter = MemoryAdapter()
    adapter.errors = [RetryLater(after=0.01)]
    async with running(tmp_path, FakeEngine("all of it", pace=0.02), adapter=adapter) as at:
        assert await at.ask("hello") == "all of it"


async def test_progress_without_an_answer_is_taken_away(tmp_path: Path) -> None:
    async with running(tmp_path, FakeEngine()) as at:
        assert await at.ask("/progress") == ""
        assert not [message for message in at.adapter.shown.values() if not message.deleted]


async def test_a_preview_that_somebody_deleted_is_followed_by_a_new_message(tmp_path: Path) -> None:
    adapter = MemoryAdapter(capabilities=Capabilities(edit_interval=60, burst=3))
    adapter.errors = [None, Refused()]
    async with running(tmp_path, FakeEngine("all of it", pace=0.02), adapter=adapter) as at:
        assert (await at.ask("hello")).endswith("all of it")


async def test_an_edit_of_unknown_outcome_is_repeated(tmp_path: Path) -> None:
    adapter = MemoryAdapter(capabilities=Capabilities(edit_interval=60))
    adapter.errors = [None, OutcomeUnknown()]
    async with running(tmp_path, FakeEngine("all of it", pace=0.02), adapter=adapter) as at:
        assert await at.ask("hello") == "all of it"


async def test_a_text_that_is_no_unicode_is_sent_as_far_as_it_can_be(tmp_path: Path) -> None:
    async with running(tmp_path, FakeEngine("yes")) as at:
        assert await at.ask("/surrogate") == "half a pair: ?"
        assert await at.ask("\udc00") == "yes"


async def test_a_receipt_that_can_not_be_stored_is_not_sent_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record, errors = Store.record_sending, [OSError("the disk is full")]

    async def fail_once(
        store: Store, turn_id: str, part: int, state: OutboxState, receipt: Receipt | None = None
    ) -> None:
        if errors:
            raise errors.pop()
        await record(store, turn_id, part, state, receipt)

    monkeypatch.setattr(Store, "record_sending", fail_once)
    adapter = MemoryAdapter(capabilities=Capabilities(stream_mode=StreamMode.FINAL))
    async with running(tmp_path, FakeEngine("yes"), adapter=adapter) as at:
        assert await at.ask("hello") == "yes"
        assert len(adapter.shown) == 1


class GroupAdapter(MemoryAdapter):
    """Lets a group take fewer calls than other chats."""

    def edit_interval(self, key: ConversationKey) -> float:
        return 60.0 if key.chat == "group" else 0.0


async def test_a_chat_that_takes_fewer_calls_sees_fewer_previews(tmp_path: Path) -> None:
    adapter = GroupAdapter()
    async with running(tmp_path, FakeEngine("one two three", pace=0.05), adapter=adapter) as at:
        versions = {}
        for chat in ("group", "direct"):
            question = await at.adapter.post("count", chat=chat)
            await at.adapter.answer_to(question)
            [message] = at.adapter.answers_to(question)
            versions[chat] = [version.text for version in message.versions]

    assert versions["group"][-1] == versions["direct"][-1] == "one two three"
    assert len(versions["group"]) == 2  # the first preview and the final text
    assert len(versions["direct"]) > 2


class ListeningAdapter(MemoryAdapter):
    """Hears what the bot tells its adapters."""

    def __init__(self) -> None:
        super().__init__()
        self.commands: Mapping[str, str] = {}
        self.closed = False

    def show_commands(self, commands: Mapping[str, str]) -> None:
        self.commands = commands

    async def close(self) -> None:
        self.closed = True


async def test_an_adapter_hears_the_commands_and_when_nothing_more_is_sent(tmp_path: Path) -> None:
    adapter = ListeningAdapter()
    async with running(tmp_path, FakeEngine("yes"), adapter=adapter) as at:
        await at.ask("hello")

        assert adapter.commands["count"] == "Count how often you asked."
        assert "help" in adapter.commands
        assert not adapter.closed

    assert adapter.closed


class Undecided(MemoryAdapter):
    """Can't tell how an answer appears."""

    def stream_mode(self, key: ConversationKey) -> StreamMode:
        raise KeyError(key.chat)


async def test_an_adapter_that_fails_to_tell_its_mode_still_shows_the_whole_answer(tmp_path: Path) -> None:
    async with running(tmp_path, FakeEngine("yes"), adapter=Undecided()) as at:
        assert await at.ask("hello") == "yes"

        [shown] = at.adapter.shown.values()
        assert [version.final for version in shown.versions] == [True]


class CancellingAdapter(MemoryAdapter):
    """A platform whose client cancels its own call, once."""

    cancelled = False

    async def create(self, message: Outgoing) -> Receipt:
        if not self.cancelled:
            self.cancelled = True
            waiting = asyncio.get_running_loop().create_future()
            waiting.cancel()
            await waiting
        return await super().create(message)


async def test_a_call_that_is_cancelled_in_the_adapter_may_have_arrived(tmp_path: Path) -> None:
    adapter = CancellingAdapter(capabilities=Capabilities(stream_mode=StreamMode.FINAL))
    async with running(tmp_path, FakeEngine("yes"), adapter=adapter) as at, asyncio.timeout(20):
        assert await at.ask("hello") == ""
        assert (await at.ask("again")).startswith("yes\n\n_An earlier answer")
        assert await at.ask("/missed") == "yes"


async def test_what_can_not_be_sent_holds_up_nothing_behind_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    send, both_closed = PartSender.send, asyncio.Event()

    async def send_or_fail(sender: PartSender, part: OutboxPart, receipt: Receipt | None) -> None:
        if part.text == "bad":
            await both_closed.wait()
            raise ValueError("planned")
        await send(sender, part, receipt)

    monkeypatch.setattr(PartSender, "send", send_or_fail)
    adapter = MemoryAdapter(capabilities=Capabilities(stream_mode=StreamMode.FINAL))
    engine = FakeEngine(["bad", "good"])
    async with running(tmp_path, engine, adapter=adapter) as at, asyncio.timeout(20):
        await at.adapter.post("first")
        second = await at.adapter.post("second")
        await at.until(lambda: any(sender._finals for sender in at.bot._delivery._senders.values()))
        both_closed.set()
        assert await at.adapter.answer_to(second) == "good"


class ForgetfulAdapter(MemoryAdapter):
    """A platform that fails to tell how fast it may be called."""

    def edit_interval(self, key: ConversationKey) -> float:
        raise KeyError(key.chat)


async def test_a_pace_that_an_adapter_fails_to_tell_is_the_usual_one(tmp_path: Path) -> None:
    async with running(tmp_path, FakeEngine("yes"), adapter=ForgetfulAdapter()) as at, asyncio.timeout(20):
        assert await at.ask("hello") == "yes"
