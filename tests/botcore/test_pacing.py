"""A chat's pace, and the answers whose arrival is in doubt."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from botcore import Pieces, Plugin
from botcore.adapter import Capabilities, Outgoing, Receipt, StreamMode
from botcore.domain import ConversationKey
from botcore.errors import OutcomeUnknown
from botcore.pacing import TokenBucket
from botcore.testing import FakeEngine, MemoryAdapter
from tests.botcore.running_bot import running


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_after_a_rest_there_is_a_burst_and_then_one_token_an_interval() -> None:
    clock = Clock()
    bucket = TokenBucket(2.0, 3, clock)
    for _ in range(3):
        assert bucket.wait_for(1) == 0
        bucket.take()

    assert bucket.wait_for(1) == 2.0
    clock.now += 1.5
    assert bucket.wait_for(1) == 0.5
    clock.now += 0.5
    assert bucket.wait_for(1) == 0
    assert bucket.wait_for(2) == 2.0


def test_a_platform_that_asks_for_patience_gets_it() -> None:
    clock = Clock()
    bucket = TokenBucket(1.0, 2, clock)
    bucket.hold(30.0)

    assert bucket.wait_for(1) == 30.0
    clock.now += 31
    assert bucket.is_full


def test_without_an_interval_nobody_waits() -> None:
    bucket = TokenBucket(0.0, 2, Clock())
    for _ in range(100):
        bucket.take()

    assert bucket.wait_for(2) == 0


async def test_the_final_text_does_not_wait_for_the_pace_of_its_own_previews(tmp_path: Path) -> None:
    adapter = MemoryAdapter(capabilities=Capabilities(edit_interval=30.0, burst=2))
    async with running(tmp_path, FakeEngine("one two three", pace=0.05), adapter=adapter) as at:
        begun = time.monotonic()

        assert await at.ask("count") == "one two three"

        assert time.monotonic() - begun < 20
        shown = next(iter(adapter.shown.values()))
        assert [version.final for version in shown.versions] == [False, True]


class DraftingAdapter(MemoryAdapter):
    """Shows what is being written without sending messages, in direct chats."""

    def __init__(self) -> None:
        super().__init__(capabilities=Capabilities(stream_mode=StreamMode.EDIT, edit_interval=0.0))
        self.drafts: list[str] = []

    def stream_mode(self, key: ConversationKey) -> StreamMode:
        return StreamMode.DRAFT if key.chat == "direct" else StreamMode.EDIT

    async def draft(self, message: Outgoing) -> None:
        self.drafts.append(message.text)


async def test_a_draft_is_no_message_and_the_final_text_is_one(tmp_path: Path) -> None:
    adapter = DraftingAdapter()
    async with running(tmp_path, FakeEngine("one two three", pace=0.1), adapter=adapter) as at:
        assert await at.ask("count", chat="direct") == "one two three"

    (message,) = adapter.shown.values()
    assert len(message.versions) == 1
    assert adapter.drafts
    assert all("one two three".startswith(draft.strip()) for draft in adapter.drafts)


async def test_an_answer_that_is_whole_at_once_is_one_call(tmp_path: Path) -> None:
    async with running(tmp_path, FakeEngine("one two three")) as at:
        await at.ask("count")

    (message,) = at.adapter.shown.values()
    assert len(message.versions) == 1


async def test_a_draft_that_would_fade_is_shown_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("botcore.chat_sender.DRAFT_SECONDS", 0.02)
    adapter = DraftingAdapter()
    async with running(tmp_path, FakeEngine("one two", pace=0.3), adapter=adapter) as at:
        await at.ask("count", chat="direct")

    assert len(adapter.drafts) > 5


async def test_one_adapter_may_edit_in_one_chat_and_draft_in_another(tmp_path: Path) -> None:
    adapter = DraftingAdapter()
    async with running(tmp_path, FakeEngine("one two three", pace=0.1), adapter=adapter) as at:
        await at.ask("count", chat="group")

    assert not adapter.drafts
    (message,) = adapter.shown.values()
    assert len(message.versions) > 1


class Losing(MemoryAdapter):
    """Shows the first preview that is created, and can't say so."""

    def __init__(self) -> None:
        super().__init__(capabilities=Capabilities(edit_interval=0.0))
        self.lost = asyncio.Event()

    async def create(self, message: Outgoing) -> Receipt:
        receipt = await super().create(message)
        if not message.final and not self.lost.is_set():
            self.lost.set()
            raise OutcomeUnknown
        return receipt


async def test_what_stays_of_a_lost_preview_is_no_second_answer(tmp_path: Path) -> None:
    plugin, adapter = Plugin("talk"), Losing()

    @plugin.answerer
    async def talk() -> Pieces:
        yield "one two three"
        await adapter.lost.wait()

    async with running(tmp_path, FakeEngine(), adapter=adapter, plugins=[plugin]) as at:
        await at.ask("count")

    assert [message.text for message in adapter.shown.values()] == ["one two", "one two three"]


async def test_an_answer_in_doubt_is_offered_once_and_shown_when_asked_for(tmp_path: Path) -> None:
    adapter = MemoryAdapter(capabilities=Capabilities(stream_mode=StreamMode.FINAL))
    async with running(tmp_path, FakeEngine(["the lost one", "the next one"]), adapter=adapter) as at:
        adapter.errors = [OutcomeUnknown()]
        lost = await adapter.post("first")
        await adapter.answer_to(lost)

        assert await at.ask("second") == (
            "the next one\n\n_An earlier answer of mine may not have reached you: /missed shows it._"
        )
        assert await at.ask("third") == "the next one"
        assert await at.ask("/missed") == "the lost one"
        assert await at.ask("/missed") == "Nothing is missing: every answer has arrived."


async def test_an_answer_in_doubt_is_offered_by_a_job_too(tmp_path: Path) -> None:
    plugin = Plugin("talk")

    @plugin.answerer
    async def talk() -> str:
        return "the lost one"

    @plugin.command("work", job=True)
    async def work() -> str:
        """Take long."""
        return "done"

    adapter = MemoryAdapter(capabilities=Capabilities(stream_mode=StreamMode.FINAL))
    async with running(tmp_path, FakeEngine(), adapter=adapter, plugins=[plugin]) as at:
        adapter.errors = [OutcomeUnknown()]
        await adapter.answer_to(await adapter.post("first"))

        assert (await at.ask("/work")).endswith("/missed shows it._")
        assert await at.ask("/work") == "done"


async def test_an_answer_that_was_lost_with_the_offer_below_it_is_shown_without_it(tmp_path: Path) -> None:
    adapter = MemoryAdapter(capabilities=Capabilities(stream_mode=StreamMode.FINAL))
    async with running(tmp_path, FakeEngine(["the lost one", "lost too"]), adapter=adapter):
        for _ in range(2):
            adapter.errors = [OutcomeUnknown()]
            await adapter.answer_to(await adapter.post("a question"))

        shown = await adapter.post("/missed")
        await adapter.answer_to(shown)

        assert [message.text for message in adapter.shown.values()] == ["the lost one", "lost too"]


async def test_an_answer_in_doubt_is_offered_where_it_is_missing(tmp_path: Path) -> None:
    adapter = MemoryAdapter(capabilities=Capabilities(stream_mode=StreamMode.FINAL))
    async with running(tmp_path, FakeEngine("yes"), adapter=adapter) as at:
        adapter.errors = [OutcomeUnknown()]
        await adapter.answer_to(await adapter.post("first"))

        assert await at.ask("hello", chat="elsewhere") == "yes"
        assert await at.ask("/missed", chat="elsewhere") == "Nothing is missing: every answer has arrived."
