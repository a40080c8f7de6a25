"""What every store must do. Subclass it in a test module and provide the fixture `store`."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from botcore.adapter import Accepted, Receipt
from botcore.domain import Author, ConversationKey, InboundEvent, Lane, Usage
from botcore.engine import ModelMessage
from botcore.store import Claim, Closing, InboxState, OutboxState, Store, TurnIsOver, Wanted

ROOM = ConversationKey("memory", "test", "room")
ANA = Author("ana", "Ana")


def event(text: str, message_id: str, key: ConversationKey = ROOM) -> InboundEvent:
    """Return a message of Ana's."""
    return InboundEvent(key, message_id, message_id, ANA, text, datetime.now(UTC))


async def put(
    store: Store, text: str, message_id: str, key: ConversationKey = ROOM, lane: Lane = Lane.TURN
) -> Accepted:
    """Bring a message in."""
    return (await store.receive(event(text, message_id, key), lane, is_command=False, answer=True)).accepted


async def must_claim(store: Store, epoch: int) -> Claim:
    """Claim what has to be there."""
    claim = await store.claim(epoch)
    assert claim is not None
    return claim


class StoreContract:
    """Every test gets an empty store."""

    async def test_a_message_is_claimed_as_it_was_received(self, store: Store) -> None:
        epoch = await store.take_over()
        await put(store, "hello", "1")

        claim = await must_claim(store, epoch)

        assert (claim.event.text, claim.event.key, claim.event.author.name) == ("hello", ROOM, "Ana")
        assert claim.user.name == "Ana"

    async def test_the_same_delivery_twice_is_one_message(self, store: Store) -> None:
        epoch = await store.take_over()

        assert await put(store, "hello", "1") is Accepted.NEW
        assert await put(store, "hello", "1") is Accepted.DUPLICATE
        await store.close_turn(await must_claim(store, epoch), Closing(["hi"]))
        assert await put(store, "hello", "1") is Accepted.DUPLICATE
        assert await store.claim(epoch) is None

    async def test_the_same_key_in_another_tenant_is_another_message(self, store: Store) -> None:
        assert await put(store, "hello", "1") is Accepted.NEW
        assert await put(store, "hello", "1", replace(ROOM, tenant="other")) is Accepted.NEW

    async def test_a_message_to_others_is_remembered_and_not_answered(self, store: Store) -> None:
        epoch = await store.take_over()

        noted = await store.receive(event("hi Ben", "1"), Lane.TURN, is_command=False, answer=False)

        assert noted.accepted is Accepted.NOTED
        assert await store.claim(epoch) is None

    async def test_a_post_that_was_only_noted_is_answered_when_it_turns_out_to_be_addressed(
        self, store: Store
    ) -> None:
        post = event("@bot hi", "1")
        await store.receive(post, Lane.TURN, is_command=False, answer=False)

        assert (await store.receive(post, Lane.TURN, is_command=False, answer=True)).accepted is Accepted.NEW

    async def test_a_conversation_is_answered_in_order_and_one_at_a_time(self, store: Store) -> None:
        epoch = await store.take_over()
        await put(store, "first", "1")
        await put(store, "second", "2")

        first = await must_claim(store, epoch)
        assert first.event.text == "first"
        assert await store.claim(epoch) is None

        await store.close_turn(first, Closing(["ok"]))
        assert (await must_claim(store, epoch)).event.text == "second"

    async def test_a_message_that_waits_for_its_retry_holds_the_later_ones_back(self, store: Store) -> None:
        epoch = await store.take_over()
        await put(store, "first", "1")
        await put(store, "second", "2")

        await store.release(await must_claim(store, epoch), failed=True, delay=60)

        assert await store.claim(epoch) is None

    async def test_conversations_do_not_wait_for_each_other(self, store: Store) -> None:
        epoch = await store.take_over()
        await put(store, "one", "1")
        await put(store, "two", "2", replace(ROOM, thread="t"))

        texts = {(await must_claim(store, epoch)).event.text for _ in range(2)}

        assert texts == {"one", "two"}

    async def test_a_control_command_does_not_wait_for_the_turn(self, store: Store) -> None:
        epoch = await store.take_over()
        await put(store, "long question", "1")
        await must_claim(store, epoch)
        await put(store, "/stop", "2", lane=Lane.CONTROL)

        assert (await must_claim(store, epoch)).event.text == "/stop"

    async def test_a_turn_that_fails_is_claimed_again_with_its_failure_counted(self, store: Store) -> None:
        epoch = await store.take_over()
        await put(store, "hello", "1")
        first = await must_claim(store, epoch)

        await store.release(first, failed=True)
        again = await must_claim(store, epoch)

        assert (again.turn_id, again.failures) == (first.turn_id, 1)

    async def test_a_new_owner_gets_what_the_old_one_held(self, store: Store) -> None:
        old = await store.take_over()
        await put(store, "hello", "1")
        held = await must_claim(store, old)

        new = await store.take_over()

        assert (await must_claim(store, new)).turn_id == held.turn_id

    async def test_a_message_that_is_there_at_every_crash_is_given_up(self, store: Store) -> None:
        await put(store, "poison", "1")
        for _ in range(5):
            await must_claim(store, await store.take_over())

        assert await store.claim(await store.take_over()) is None
        [apology] = await store.undelivered()
        assert apology.failed

    async def test_a_clean_end_is_no_crash(self, store: Store) -> None:
        await put(store, "hello", "1")
        for _ in range(6):
            epoch = await store.take_over()
            await must_claim(store, epoch)
            await store.release_all(epoch)

        await must_claim(store, await store.take_over())

    async def test_when_all_places_are_taken_control_commands_come_through(self, store: Store) -> None:
        epoch = await store.take_over()
        await put(store, "question", "1")
        await put(store, "/stop", "2", replace(ROOM, chat="elsewhere"), Lane.CONTROL)

        control = await store.claim(epoch, Wanted(frozenset({Lane.CONTROL})))

        assert control is not None
        assert control.event.text == "/stop"
        assert await store.claim(epoch, Wanted(frozenset({Lane.CONTROL}))) is None

    async def test_the_echo_of_the_bots_own_message_is_no_second_row(self, store: Store) -> None:
        epoch = await store.take_over()
        await put(store, "hello", "1")
        claim = await must_claim(store, epoch)
        await store.close_turn(claim, Closing(["hi"]))
        assert await store.start_final(claim.epoch, claim.turn_id, 0)
        echo = replace(event("hi", "out-1"), author=Author("bot", "Bot", is_bot=True))
        await store.receive(echo, Lane.TURN, is_command=False, answer=False)

        await store.record_sending(claim.turn_id, 0, OutboxState.DELIVERED, Receipt("out-1"))

        await put(store, "and?", "2")
        asked = await must_claim(store, epoch)
        said = await store.ledger(asked.scope, before=asked.inbox_id, last=10)
        assert [m.text for m in said] == ["hello", "hi"]

    async def test_who_was_replaced_creates_no_final_text_any_more(self, store: Store) -> None:
        epoch = await store.take_over()
        await put(store, "hello", "1")
        claim = await must_claim(store, epoch)
        await store.close_turn(claim, Closing(["hi"]))
        successor = await store.take_over()

        assert not await store.start_final(epoch, claim.turn_id, 0)
        assert await store.start_final(successor, claim.turn_id, 0)

    async def test_an_old_owner_can_not_close_a_turn(self, store: Store) -> None:
        old = await store.take_over()
        await put(store, "hello", "1")
        stale = await must_claim(store, old)
        new = await store.take_over()
        current = await must_claim(store, new)

        assert not await store.close_turn(stale, Closing(["stale"]))
        assert await store.parts_of(stale.turn_id) == []
        assert await store.close_turn(current, Closing(["fresh"]))
        assert [part.text for part in await store.parts_of(current.turn_id)] == ["fresh"]

    async def test_history_holds_answered_turns_of_this_conversation_only(self, store: Store) -> None:
        epoch = await store.take_over()
        for number, key in enumerate([ROOM, replace(ROOM, chat="elsewhere"), ROOM]):
            await put(store, f"question {number}", str(number), key)
            claim = await must_claim(store, epoch)
            await store.close_turn(claim, Closing([f"answer {number}"], in_history=True))
        await put(store, "now", "now")
        now = await must_claim(store, epoch)

        history = await store.history(now.scope, before=now.inbox_id, limit=10)

        assert history == [
            ModelMessage.user("question 0"),
            ModelMessage.assistant("answer 0"),
            ModelMessage.user("question 2"),
            ModelMessage.assistant("answer 2"),
        ]

    async def test_the_ledger_holds_what_was_said_before_the_question(self, store: Store) -> None:
        epoch = await store.take_over()
        await put(store, "hello", "1")
        await store.close_turn(await must_claim(store, epoch), Closing(["hi Ana"]))
        await put(store, "not yours", "2", replace(ROOM, chat="elsewhere"))
        await store.close_turn(await must_claim(store, epoch), Closing([]))
        await store.receive(event("/summarize", "3"), Lane.TURN, is_command=True, answer=True)
        await put(store, "later", "4")
        asked = await must_claim(store, epoch)

        said = await store.ledger(asked.scope, before=asked.inbox_id, last=10)

        assert [(m.author, m.text, m.is_bot) for m in said] == [
            ("Ana", "hello", False),
            ("botcore", "hi Ana", True),
        ]
        assert [m.user_id for m in said] == [asked.user.id, None]

    async def test_the_ledger_tells_of_commands_to_those_who_ask(self, store: Store) -> None:
        epoch = await store.take_over()
        await store.receive(event("/poem", "1"), Lane.TURN, is_command=True, answer=True)
        await store.close_turn(await must_claim(store, epoch), Closing(["old pond"]))
        await put(store, "again", "2")
        asked = await must_claim(store, epoch)

        said = await store.ledger(asked.scope, before=asked.inbox_id, last=10, commands=True)

        assert [m.text for m in said] == ["/poem", "old pond"]
        assert await store.ledger(asked.scope, before=asked.inbox_id, last=10) == []

    async def test_what_a_plugin_keeps_stays_in_its_conversation(self, store: Store) -> None:
        epoch = await store.take_over()
        await put(store, "here", "1")
        here = await must_claim(store, epoch)
        await put(store, "there", "2", replace(ROOM, chat="elsewhere"))
        there = await must_claim(store, epoch)

        await store.close_turn(here, Closing([], written={"notes": {"list": [1, 2]}}))

        assert await store.plugin_value(here.scope, "notes", "list") == [1, 2]
        assert await store.plugin_value(here.scope, "other", "list") is None
        assert await store.plugin_value(there.scope, "notes", "list") is None

    async def test_a_preview_that_nobody_saw_the_end_of_is_created_again(self, store: Store) -> None:
        epoch = await store.take_over()
        await put(store, "hello", "1")
        claim = await must_claim(store, epoch)
        await store.start_part(claim.epoch, claim.scope, claim.turn_id, 0)

        again = await must_claim(store, await store.take_over())
        await store.close_turn(again, Closing(["whole"]))

        [part] = await store.undelivered()
        assert (part.text, part.receipt) == ("whole", None)

    async def test_a_process_that_was_replaced_shows_nothing_more(self, store: Store) -> None:
        epoch = await store.take_over()
        await put(store, "hello", "1")
        claim = await must_claim(store, epoch)

        await store.take_over()

        with pytest.raises(TurnIsOver):
            await store.start_part(epoch, claim.scope, claim.turn_id, 0)

    async def test_a_final_text_that_nobody_saw_the_end_of_is_never_sent_again(self, store: Store) -> None:
        epoch = await store.take_over()
        await put(store, "hello", "1")
        claim = await must_claim(store, epoch)
        await store.close_turn(claim, Closing(["whole"], usage=Usage(3, 1, 0.5)))
        assert await store.start_final(claim.epoch, claim.turn_id, 0)

        await store.take_over()

        assert await store.undelivered() == []

    async def test_a_created_preview_is_finished_by_an_edit(self, store: Store) -> None:
        epoch = await store.take_over()
        await put(store, "hello", "1")
        claim = await must_claim(store, epoch)
        await store.start_part(claim.epoch, claim.scope, claim.turn_id, 0)
        await store.record_sending(claim.turn_id, 0, OutboxState.CREATED, Receipt("out-1"))

        again = await must_claim(store, await store.take_over())
        await store.close_turn(again, Closing(["whole"]))

        [part] = await store.undelivered()
        assert (part.text, part.receipt) == ("whole", Receipt("out-1"))

    async def test_parts_of_an_earlier_try_are_taken_away(self, store: Store) -> None:
        epoch = await store.take_over()
        await put(store, "hello", "1")
        claim = await must_claim(store, epoch)
        for part in (0, 1):
            await store.start_part(claim.epoch, claim.scope, claim.turn_id, part)
            await store.record_sending(claim.turn_id, part, OutboxState.CREATED, Receipt(f"out-{part}"))
        await store.release(claim, failed=True)

        again = await must_claim(store, epoch)
        await store.close_turn(again, Closing(["one part is enough"]))

        assert [part.text for part in await store.undelivered()] == ["one part is enough", ""]

    async def test_a_dead_message_lets_the_next_one_through(self, store: Store) -> None:
        epoch = await store.take_over()
        await put(store, "poison", "1")
        await put(store, "fine", "2")

        await store.close_turn(await must_claim(store, epoch), Closing(["sorry"], state=InboxState.DEAD))

        assert (await must_claim(store, epoch)).event.text == "fine"

    async def test_the_queues_are_counted_by_lane_and_state(self, store: Store) -> None:
        epoch = await store.take_over()
        for number, lane in enumerate((Lane.TURN, Lane.TURN, Lane.TURN, Lane.CONTROL)):
            await put(store, "hello", str(number), lane=lane)
        answered = await must_claim(store, epoch)
        await store.close_turn(answered, Closing(["one", "two"]))
        await store.record_sending(answered.turn_id, 0, OutboxState.DELIVERED, Receipt("out"))
        await must_claim(store, epoch)

        figures = await store.figures()

        assert figures.inbox == {  # what is done is not counted
            (Lane.TURN, InboxState.RUNNING): 1,
            (Lane.TURN, InboxState.WAITING): 1,
            (Lane.CONTROL, InboxState.WAITING): 1,
        }
        assert figures.outbox == {OutboxState.PENDING: 1}
        assert 0 < figures.oldest_waiting < 60

    async def test_a_database_that_takes_writes_says_so_and_stays_as_it_is(self, store: Store) -> None:
        epoch = await store.take_over()

        await store.check_writable()

        assert await store.take_over() == epoch + 1
