"""The conformance kit: what every adapter must do.

Subclass `AdapterContract` in a test module and give it a fixture `platform` that returns a
`botcore.testing.platform.Platform`: your adapter, with a fake of its platform around it. The fake's further
abilities, by the protocols there and in `botcore.testing.troubles`, decide what is tested; what is not is
skipped, and says what the fake lacks. docs/writing-an-adapter.md shows a whole one.

Needs `pip install botcore-platform[testing]`, and pytest's `asyncio_mode = "auto"`.
"""

from __future__ import annotations

from botcore.adapter import HearsTurnOver
from botcore.domain import InboundEvent
from botcore.testing.conformance.answered import AnsweredContract
from botcore.testing.conformance.capabilities import CapabilitiesContract
from botcore.testing.conformance.connecting import ConnectingContract
from botcore.testing.conformance.declared import DeclaredContract
from botcore.testing.conformance.filling_in import FormsContract
from botcore.testing.conformance.keeping import KeepingContract
from botcore.testing.conformance.killed import KilledContract
from botcore.testing.conformance.meeting import answer_to, reply, running, shown_anew
from botcore.testing.conformance.past import PastContract
from botcore.testing.conformance.privately import PrivatelyContract
from botcore.testing.conformance.receiving import ReceivingContract
from botcore.testing.conformance.sending import SendingContract
from botcore.testing.conformance.texts import TextContract
from botcore.testing.platform import Platform


class AdapterContract(
    ReceivingContract,
    ConnectingContract,
    SendingContract,
    TextContract,
    DeclaredContract,
    CapabilitiesContract,
    PrivatelyContract,
    FormsContract,
    PastContract,
    KeepingContract,
    AnsweredContract,
    KilledContract,
):
    """Every test gets a platform with nothing said on it.

    Those that take more than a few seconds are marked `slow`.
    """

    async def test_a_message_arrives_with_its_text_its_author_and_its_place(self, platform: Platform) -> None:
        async with running(platform) as events:
            event = await answer_to(platform, events, "hello")

        assert event.text == "hello"
        assert event.key.platform == platform.adapter.name, "a key's platform is the adapter's name"
        assert event.author.id, "the core knows people by what the platform calls them"
        assert not event.author.is_bot
        assert event.sent_at.tzinfo is not None, "a time without its zone means nothing elsewhere"

    async def test_two_messages_have_keys_of_their_own(self, platform: Platform) -> None:
        async with running(platform) as events:
            first = await answer_to(platform, events, "hello")
            await platform.adapter.create(reply(first, "hi"))
            await self.end_turn(platform, first)
            second = await answer_to(platform, events, "hello")

        assert first.dedupe_key != second.dedupe_key, "the second would be taken for the first once more"
        assert first.message_id != second.message_id
        assert first.key == second.key, "one place has one key, by which its history is found"

    async def test_a_created_message_is_shown(self, platform: Platform) -> None:
        async with running(platform) as events:
            event = await answer_to(platform, events, "hello")
            await platform.adapter.create(reply(event, "good day"))

            assert platform.shown() == ["good day"]

    async def test_a_preview_becomes_the_final_message(self, platform: Platform) -> None:
        async with running(platform) as events:
            event = await answer_to(platform, events, "hello")
            receipt = await platform.adapter.create(reply(event, "good", final=False))
            receipt = await shown_anew(platform.adapter, receipt, reply(event, "good day"))

            assert platform.shown() == ["good day"]

    async def test_an_edit_may_be_repeated(self, platform: Platform) -> None:
        async with running(platform) as events:
            event = await answer_to(platform, events, "hello")
            receipt = await platform.adapter.create(reply(event, "good", final=False))
            for _ in range(2):
                receipt = await shown_anew(platform.adapter, receipt, reply(event, "good day"))

            assert platform.shown() == ["good day"]

    async def end_turn(self, platform: Platform, event: InboundEvent) -> None:
        """Tell an adapter that wants to hear it that a turn is over."""
        if isinstance(platform.adapter, HearsTurnOver):
            await platform.adapter.turn_over(event.key, event.message_id)
