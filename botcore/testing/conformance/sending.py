"""What every adapter must tell the core of a call that did not go well.

All depends on this: what is told to have failed is sent again, so it must surely have failed; what may
have arrived is not, so an adapter that does not know must say so.
"""

from __future__ import annotations

import pytest

from botcore.adapter import Outgoing, Receipt
from botcore.errors import DeliveryError, OutcomeUnknown, Refused, RetryLater
from botcore.testing.conformance.meeting import answer_to, lacks, raising, reply, running, shown_anew
from botcore.testing.platform import Platform
from botcore.testing.troubles import Cuts, Fails, Floods, Hangs, Refuses, TakesAway

PATIENCE = 3.0  # seconds
PATIENT = "A platform that asks for patience, as by 429, has surely not done it"
IN_DOUBT = "No answer came, so it may be there: what is taken for a failure is sent twice"
NOT_REFUSED = "That was trouble of the moment, and what is refused is given up"


class SendingContract:
    """Part of `AdapterContract`."""

    async def test_a_deletion_may_be_repeated(self, platform: Platform) -> None:
        async with running(platform) as events:
            event = await answer_to(platform, events, "hello")
            receipt = await platform.adapter.create(reply(event, "too much", final=False))
            for _ in range(2):
                await platform.adapter.delete(receipt)

            assert platform.shown() == []

    async def test_each_message_has_a_receipt_of_its_own(self, platform: Platform) -> None:
        async with running(platform) as events:
            event = await answer_to(platform, events, "hello")
            receipts = [await platform.adapter.create(reply(event, text)) for text in ("one", "two", "three")]

        assert len({receipt.message_id for receipt in receipts}) == 3

    async def test_a_wish_for_patience_is_passed_on(self, platform: Platform) -> None:
        if not isinstance(platform, Floods):
            lacks(platform, Floods)
        async with running(platform) as events:
            event = await answer_to(platform, events, "hello")
            platform.flood(PATIENCE)
            with raising(RetryLater, because=PATIENT) as raised:
                await platform.adapter.create(reply(event, "good day"))
            assert raised[0].after == PATIENCE, "pass on what was asked for: RetryLater(after=seconds)"
            assert platform.shown() == []
            receipt = await platform.adapter.create(reply(event, "good"))
            platform.flood(PATIENCE)
            with raising(RetryLater, because=PATIENT) as raised:
                await platform.adapter.edit(receipt, reply(event, "good day"))
            assert raised[0].after == PATIENCE, "pass on what was asked for: RetryLater(after=seconds)"

            assert platform.shown() == ["good"]

    async def test_an_answer_that_got_lost_is_not_taken_for_a_failure(self, platform: Platform) -> None:
        """The message is there. Who takes this for a failure sends it twice."""
        if not isinstance(platform, Cuts):
            lacks(platform, Cuts)
        async with running(platform) as events:
            event = await answer_to(platform, events, "hello")
            platform.cut(after_effect=True)
            with raising(OutcomeUnknown, because=IN_DOUBT):
                await platform.adapter.create(reply(event, "good day"))

            assert platform.shown() == ["good day"]

    async def test_a_call_that_broke_off_is_no_refusal(self, platform: Platform) -> None:
        if not isinstance(platform, Cuts):
            lacks(platform, Cuts)
        async with running(platform) as events:
            event = await answer_to(platform, events, "hello")
            platform.cut(after_effect=False)
            with raising(RetryLater, OutcomeUnknown, because=NOT_REFUSED):
                await platform.adapter.create(reply(event, "lost"))
            await platform.adapter.create(reply(event, "good day"))

            assert platform.shown() == ["good day"]

    @pytest.mark.parametrize("after_effect", [False, True])
    async def test_an_edit_that_broke_off_may_be_repeated(
        self, platform: Platform, after_effect: bool
    ) -> None:
        if not isinstance(platform, Cuts):
            lacks(platform, Cuts)
        async with running(platform) as events:
            event = await answer_to(platform, events, "hello")
            receipt = await platform.adapter.create(reply(event, "good", final=False))
            platform.cut(after_effect=after_effect)
            await _edit_as_often_as_needed(platform, receipt, reply(event, "good day"))

            assert platform.shown() == ["good day"]

    async def test_a_call_that_hangs_ends_in_doubt(self, platform: Platform) -> None:
        if not isinstance(platform, Hangs):
            lacks(platform, Hangs)
        async with running(platform) as events:
            event = await answer_to(platform, events, "hello")
            platform.hang()
            with raising(OutcomeUnknown, because=IN_DOUBT):
                await platform.adapter.create(reply(event, "good day"))

            assert platform.shown() == ["good day"]

    async def test_a_platform_out_of_order_is_no_refusal(self, platform: Platform) -> None:
        if not isinstance(platform, Fails):
            lacks(platform, Fails)
        async with running(platform) as events:
            event = await answer_to(platform, events, "hello")
            platform.fail()
            with raising(RetryLater, OutcomeUnknown, because=NOT_REFUSED):
                await platform.adapter.create(reply(event, "good day"))
            receipt = await platform.adapter.create(reply(event, "good"))
            platform.fail()
            await _edit_as_often_as_needed(platform, receipt, reply(event, "good day"))

            assert platform.shown() == ["good day"]

    async def test_a_refusal_is_told(self, platform: Platform) -> None:
        if not isinstance(platform, Refuses):
            lacks(platform, Refuses)
        async with running(platform) as events:
            event = await answer_to(platform, events, "hello")
            platform.refuse()
            with raising(Refused, because="Nobody may write there any more, however often it is tried"):
                await platform.adapter.create(reply(event, "good day"))

            assert platform.shown() == []

    async def test_a_message_that_is_gone_can_not_be_edited_and_is_as_good_as_deleted(
        self, platform: Platform
    ) -> None:
        """Then the core creates the text anew."""
        if not isinstance(platform, TakesAway):
            lacks(platform, TakesAway)
        async with running(platform) as events:
            event = await answer_to(platform, events, "hello")
            receipt = await platform.adapter.create(reply(event, "good", final=False))
            platform.take_away()
            with raising(Refused, because="The message is gone, so that it can only be created anew"):
                await platform.adapter.edit(receipt, reply(event, "good day"))
            await platform.adapter.delete(receipt)

            assert platform.shown() == []

    async def test_nothing_but_delivery_errors_is_raised(self, platform: Platform) -> None:
        """Several troubles one after the other, and then it works again."""
        if not (isinstance(platform, Cuts) and isinstance(platform, Fails) and isinstance(platform, Floods)):
            lacks(platform, Cuts)
        async with running(platform) as events:
            event = await answer_to(platform, events, "hello")
            for trouble in (platform.fail, lambda: platform.cut(after_effect=False), platform.fail):
                trouble()
                with raising(DeliveryError, because="The core knows no other errors of a platform's"):
                    await platform.adapter.create(reply(event, "lost"))
            await platform.adapter.create(reply(event, "good day"))

            assert platform.shown() == ["good day"]


async def _edit_as_often_as_needed(platform: Platform, receipt: Receipt, message: Outgoing) -> None:
    """Some libraries repeat by themselves what may be repeated; otherwise the core does."""
    for _ in range(3):
        try:
            await shown_anew(platform.adapter, receipt, message)
        except (RetryLater, OutcomeUnknown):
            continue
        except DeliveryError as error:
            pytest.fail(f"{NOT_REFUSED}. Raise RetryLater or OutcomeUnknown, not {error!r}.")
        return
    pytest.fail("an edit is repeated by the core, and must work in the end")
