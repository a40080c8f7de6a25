"""What every store must do with messages that were given up and are put back."""

from __future__ import annotations

import pytest

from botcore.domain import Lane
from botcore.store import Closing, InboxState, Store
from botcore.store.operate import Operator
from botcore.testing.store_contract import must_claim, put


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
