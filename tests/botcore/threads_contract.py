"""What every store must do with threads that are called as the message that they are about."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from botcore.adapter import Accepted
from botcore.domain import ChatMoved, ConversationKey, Edited, InboundEvent, Lane
from botcore.store import Closing, Store
from botcore.testing.store_contract import ANA, ROOM, event, must_claim

BELOW = replace(ROOM, thread="1.0")  # the thread about the message 1.0


def said_at(minutes: int, message_id: str, key: ConversationKey = BELOW) -> InboundEvent:
    """Return a message of Ana's, so long after the first."""
    moment = datetime(2026, 3, 2, 10, tzinfo=UTC) + timedelta(minutes=minutes)
    return InboundEvent(key, message_id, message_id, ANA, f"said {message_id}", moment)


async def note(store: Store, *events: InboundEvent) -> None:
    """Remember what was not said to the bot."""
    for one in events:
        await store.receive(one, Lane.TURN, is_command=False, answer=False)


class ThreadsContract:
    """Every test gets an empty store."""

    async def test_the_message_that_a_thread_is_about_is_read_with_it_and_outside(self, store: Store) -> None:
        epoch = await store.take_over()
        await note(store, said_at(0, "1.0", ROOM), said_at(1, "2.0"), said_at(2, "3.0", ROOM))
        await store.receive(said_at(3, "4.0"), Lane.TURN, is_command=False, answer=True)

        claim = await must_claim(store, epoch)
        below = await store.ledger(claim.scope, before=claim.inbox_id, last=9)
        outside = await store.ledger(replace(claim.scope, thread=""), before=claim.inbox_id, last=9)

        assert [message.text for message in below] == ["said 1.0", "said 2.0"]
        assert [message.text for message in outside] == ["said 1.0", "said 3.0"]

    async def test_what_begins_a_thread_is_answered_there_and_said_outside(self, store: Store) -> None:
        epoch = await store.take_over()
        await store.receive(said_at(0, "1.0", BELOW), Lane.TURN, is_command=False, answer=True)
        claim = await must_claim(store, epoch)
        await store.close_turn(claim, Closing(["hi"], in_history=True))
        await store.receive(said_at(1, "2.0", ROOM), Lane.TURN, is_command=False, answer=True)

        assert claim.event.key == BELOW
        other = await must_claim(store, epoch)
        outside = await store.ledger(other.scope, before=other.inbox_id, last=9)
        assert [message.text for message in outside] == ["said 1.0"], "the answer is in the thread"

    async def test_a_thread_began_with_the_bot_if_what_it_is_about_was_said_to_it(self, store: Store) -> None:
        await note(store, said_at(0, "7.0", ROOM))
        await store.receive(said_at(1, "1.0"), Lane.TURN, is_command=False, answer=True)
        # In somebody else's thread the bot was only called for once.
        await store.receive(
            said_at(2, "8.0", replace(ROOM, thread="7.0")), Lane.TURN, is_command=False, answer=True
        )

        assert await store.began_with_bot(BELOW)
        assert not await store.began_with_bot(replace(ROOM, thread="7.0"))
        assert not await store.began_with_bot(replace(BELOW, tenant="other"))

    async def test_a_chat_may_move_and_keep_the_ids_of_its_messages(self, store: Store) -> None:
        await store.receive(event("hello", "1"), Lane.TURN, is_command=False, answer=False)
        moved = ChatMoved(ROOM.platform, ROOM.tenant, ROOM.chat, "new room", ids_stay=True)

        assert await store.follow(moved) is Accepted.NOTED

        later = Edited(replace(ROOM, chat="new room"), "1", "hi", datetime.now(UTC))
        assert await store.follow(later) is Accepted.NOTED
