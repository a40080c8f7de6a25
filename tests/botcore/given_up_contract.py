"""What every store must do with messages that were given up and are put back."""

from __future__ import annotations

import pytest

from botcore.domain import Deleted, Lane
from botcore.store import Closing, InboxState, OutboxState, Store
from botcore.store.operate import Operator
from botcore.testing.store_contract import ROOM, must_claim, put


class GivenUpContract:
    """Every test gets an empty store."""

    @pytest.mark.parametrize("lane", [Lane.TURN, Lane.JOB])
    async def test_what_is_put_back_is_not_answered_beside_a_later_one(
        self, store: Store, lane: Lane
    ) -> None:
        epoch = await store.take_over()
        for number, text in enumerate(("first", "second", "third")):
            await put(store, text, str(number), lane=lane)
        await store.close_turn(await must_claim(store, epoch), Closing(["sorry"], state=InboxState.DEAD))
        second = await must_claim(store, epoch)

        assert await Operator(store.database).retry(None)

        assert await store.claim(epoch) is None, "the second is being answered"
        await store.close_turn(second, Closing(["yes"]))
        first = await must_claim(store, epoch)
        assert first.event.text == "first"
        assert await store.claim(epoch) is None
        await store.close_turn(first, Closing(["yes"]))
        assert (await must_claim(store, epoch)).event.text == "third"

    async def test_what_its_author_has_deleted_is_put_back_no_more(self, store: Store) -> None:
        epoch = await store.take_over()
        await put(store, "never mind", "1")
        await store.close_turn(await must_claim(store, epoch), Closing(["sorry"], state=InboxState.DEAD))
        await store.follow(Deleted(ROOM, "1"))

        assert not await Operator(store.database).dead_letters()
        assert not await Operator(store.database).retry(None)
        assert await store.claim(epoch) is None

    async def test_a_part_that_was_given_up_is_counted_until_it_is_dropped(self, store: Store) -> None:
        epoch = await store.take_over()
        await put(store, "hello", "1")
        claim = await must_claim(store, epoch)
        await store.close_turn(claim, Closing(["refused"]))
        await store.record_sending(claim.turn_id, 0, OutboxState.DEAD)
        assert (await store.figures()).outbox == {"dead": 1}

        await Operator(store.database).drop(None)

        assert (await store.figures()).outbox == {}
