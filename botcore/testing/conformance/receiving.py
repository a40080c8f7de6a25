"""What every adapter must do with what its platform delivers, whatever happens meanwhile."""

from __future__ import annotations

import asyncio

from botcore.adapter import Accepted
from botcore.domain import Edited, Event, InboundEvent
from botcore.testing.conformance.meeting import (
    SECONDS,
    answer_to,
    hearing,
    lacks,
    receiving,
    reply,
    running,
    soon,
    until_acknowledged,
)
from botcore.testing.platform import ChangesMessages, HasGroups, HasThreads, Platform
from botcore.testing.troubles import Acknowledges, Redelivers, Reorders


class ReceivingContract:
    """Part of `AdapterContract`."""

    async def test_what_is_delivered_again_is_known_by_its_dedupe_key(self, platform: Platform) -> None:
        if not isinstance(platform, Redelivers):
            lacks(platform, Redelivers)
        async with running(platform) as events:
            first = await answer_to(platform, events, "hello")
            await platform.redeliver()
            again = await soon(events)
            other = await answer_to(platform, events, "hello")

        assert (again.dedupe_key, again.message_id, again.key) == (
            first.dedupe_key,
            first.message_id,
            first.key,
        ), "make them of the message, so that they are the same for every delivery"
        assert again.text == "hello"
        assert other.dedupe_key != first.dedupe_key

    async def test_messages_in_another_order_all_arrive(self, platform: Platform) -> None:
        if not isinstance(platform, Reorders):
            lacks(platform, Reorders)
        async with running(platform) as events:
            await platform.post_in_other_order("one", "two")
            late, early = await soon(events), await soon(events)

        assert (late.text, early.text) == ("two", "one")
        assert late.dedupe_key != early.dedupe_key
        assert late.message_id != early.message_id

    async def test_what_can_not_be_committed_is_delivered_again(self, platform: Platform) -> None:
        """A commit that fails is no end: the adapter goes on, and catches up."""
        if not isinstance(platform, Acknowledges):
            lacks(platform, Acknowledges)
        tried: list[InboundEvent] = []
        unacknowledged: list[int] = []

        async def receive(event: Event) -> Accepted:
            assert isinstance(event, InboundEvent)
            assert isinstance(platform, Acknowledges)
            unacknowledged.append(platform.unacknowledged())
            tried.append(event)
            if len(tried) <= 2:
                raise OSError("the database is down")
            return Accepted.NEW

        async with receiving(platform, receive):
            await platform.post("hello")
            await until_acknowledged(platform)

        assert [event.dedupe_key for event in tried] == [tried[0].dedupe_key] * 3, (
            "when `receive` raises, acknowledge nothing and let the platform deliver it again"
        )
        assert unacknowledged == [1, 1, 1], "it was acknowledged although nothing had been committed"

    async def test_nothing_is_acknowledged_before_it_is_committed(self, platform: Platform) -> None:
        if not isinstance(platform, Acknowledges):
            lacks(platform, Acknowledges)
        begun, committed = asyncio.Event(), asyncio.Event()

        async def receive(event: Event) -> Accepted:
            begun.set()
            await committed.wait()
            return Accepted.NEW

        async with receiving(platform, receive):
            await platform.post("hello")
            async with asyncio.timeout(SECONDS):
                await begun.wait()
            await asyncio.sleep(0.2)
            held = platform.unacknowledged()
            committed.set()
            await until_acknowledged(platform)

        assert held == 1, "it was acknowledged while `receive` had not returned"

    async def test_a_kill_before_the_commit_loses_nothing(self, platform: Platform) -> None:
        if not isinstance(platform, Acknowledges):
            lacks(platform, Acknowledges)
        killed: asyncio.Queue[Event] = asyncio.Queue()

        async def never(event: Event) -> Accepted:
            await killed.put(event)
            await asyncio.Event().wait()
            raise AssertionError("it was to be killed")

        async with receiving(platform, never):
            await platform.post("hello")
            lost = await soon(killed)
        await platform.start_again()
        async with running(platform) as events:
            found = await soon(events)
            await until_acknowledged(platform)

        assert isinstance(lost, InboundEvent)
        assert (found.dedupe_key, found.text) == (lost.dedupe_key, "hello")

    async def test_one_commit_that_takes_long_or_fails_is_not_mixed_up_with_the_next(
        self, platform: Platform
    ) -> None:
        """Several messages wait, one of them fails twice: each arrives, and their order stays."""
        if not isinstance(platform, Acknowledges):
            lacks(platform, Acknowledges)
        done: list[str] = []
        failures = 2

        async def receive(event: Event) -> Accepted:
            nonlocal failures
            assert isinstance(event, InboundEvent)
            if event.text == "two" and failures:
                failures -= 1
                raise OSError("the database is down")
            if event.text not in done:
                done.append(event.text)
            return Accepted.NEW

        async with receiving(platform, receive):
            for text in ("one", "two", "three"):
                await platform.post(text)
            await until_acknowledged(platform)

        assert sorted(done) == ["one", "three", "two"]
        assert done.index("one") < done.index("two")

    async def test_a_group_is_not_a_direct_chat(self, platform: Platform) -> None:
        if not isinstance(platform, HasGroups):
            lacks(platform, HasGroups)
        async with running(platform) as events:
            direct = await answer_to(platform, events, "hello")
            await platform.post_in_group("to you", addressed=True)
            asked = await soon(events)
            await platform.post_in_group("to all", addressed=False)
            said = await soon(events)

        assert (direct.direct, direct.addressed) == (True, True)
        assert (asked.direct, asked.addressed) == (False, True)
        assert (said.direct, said.addressed) == (False, False)
        rooms = [(one.key.platform, one.key.tenant, one.key.chat) for one in (asked, said, direct)]
        assert rooms[0] == rooms[1] != rooms[2]

    async def test_threads_are_conversations_of_their_own(self, platform: Platform) -> None:
        if not isinstance(platform, HasThreads):
            lacks(platform, HasThreads)
        async with running(platform) as events:
            await platform.post_in_thread("hello", 0)
            first = await soon(events)
            await platform.post_in_thread("hello", 1)
            second = await soon(events)
            await platform.adapter.create(reply(second, "good day"))

            assert platform.shown_in_thread(0) == [], "an answer goes where `Outgoing.key.thread` says"
            assert platform.shown_in_thread(1) == ["good day"]
        assert first.key.chat == second.key.chat
        assert first.key.thread != second.key.thread

    async def test_a_changed_message_is_followed(self, platform: Platform) -> None:
        if not isinstance(platform, ChangesMessages):
            lacks(platform, ChangesMessages)
        async with hearing(platform) as events:
            await platform.post("helo")
            message = await soon(events)
            await platform.edit_last("hello")
            edited = await soon(events)

        assert isinstance(message, InboundEvent)
        assert isinstance(edited, Edited)
        assert (edited.key, edited.message_id, edited.text) == (message.key, message.message_id, "hello")
        assert edited.edited_at.tzinfo is not None
