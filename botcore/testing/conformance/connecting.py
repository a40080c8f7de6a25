"""What every adapter must hold against on the way in: connections that end or die, strangers, and bots."""

from __future__ import annotations

import asyncio

from botcore.domain import InboundEvent
from botcore.testing.conformance.meeting import (
    answer_to,
    hearing,
    lacks,
    reply,
    running,
    soon,
    until_acknowledged,
)
from botcore.testing.platform import Platform
from botcore.testing.troubles import (
    Acknowledges,
    Disconnects,
    GoesDead,
    HasBots,
    MayBeForged,
    Redelivers,
    Repeats,
)

LAST = "that was all"


class ConnectingContract:
    """Part of `AdapterContract`."""

    async def test_what_is_said_while_nobody_listens_arrives_later(self, platform: Platform) -> None:
        if not isinstance(platform, Acknowledges):
            lacks(platform, Acknowledges)
        await platform.post("early")
        async with running(platform) as events:
            early = await soon(events)
            await until_acknowledged(platform)

        assert early.text == "early"

    async def test_one_message_of_which_two_events_tell_has_one_dedupe_key(self, platform: Platform) -> None:
        """The key is made of the message, not of the event that brings it."""
        if not isinstance(platform, Repeats):
            lacks(platform, Repeats)
        async with hearing(platform) as events:
            await platform.post("hello")
            first = await soon(events)
            await platform.repeat()
            await platform.post(LAST)
            told = [first]
            while not isinstance(told[-1], InboundEvent) or told[-1].text != LAST:
                told.append(await soon(events))

        messages = [event for event in told[:-1] if isinstance(event, InboundEvent)]
        keys = {(event.key, event.dedupe_key, event.message_id) for event in messages}
        assert len(keys) == 1, f"one message came in as several: {keys}"

    async def test_a_connection_that_was_ended_is_begun_anew(self, platform: Platform) -> None:
        if not isinstance(platform, Disconnects):
            lacks(platform, Disconnects)
        async with running(platform) as events:
            heard = [(await answer_to(platform, events, "one")).text]
            await platform.disconnect()
            for text in ("two", "three"):
                await platform.post(text)
            while len(set(heard)) < 3:
                heard.append((await soon(events)).text)

        assert sorted(set(heard), key=heard.index) == ["one", "two", "three"]

    async def test_a_connection_that_is_dead_is_noticed(self, platform: Platform) -> None:
        """Half open: nothing comes, and nobody says so. Set a timeout, or ask for a sign of life."""
        if not isinstance(platform, GoesDead):
            lacks(platform, GoesDead)
        async with running(platform) as events:
            await answer_to(platform, events, "hello")
            platform.go_dead()
            await platform.post("are you there?")
            event = await soon(events)
            while event.text == "hello":  # its acknowledgement may have got lost
                event = await soon(events)

        assert event.text == "are you there?"

    async def test_a_forged_call_is_refused_and_brings_nothing_in(self, platform: Platform) -> None:
        if not isinstance(platform, MayBeForged):
            lacks(platform, MayBeForged)
        async with hearing(platform) as events:
            await platform.post("hello")
            await soon(events)
            statuses = await platform.forge("forged")
            await platform.post(LAST)
            event = await soon(events)

        assert isinstance(event, InboundEvent)
        assert event.text == LAST
        assert statuses
        assert set(statuses) <= {401, 403}, f"{statuses}: check the proof before anything else"

    async def test_what_bots_say_is_known_to_be_a_bots(self, platform: Platform) -> None:
        """Its own messages too. The core answers no bot, lest two talk to each other for ever."""
        if not isinstance(platform, HasBots):
            lacks(platform, HasBots)
        async with hearing(platform) as events:
            await platform.post("hello")
            event = await soon(events)
            assert isinstance(event, InboundEvent)
            await platform.adapter.create(reply(event, "good day"))
            await platform.echo()
            await platform.post_as_bot("and you?")
            await platform.post(LAST)
            told: list[InboundEvent] = []
            while not told or told[-1].text != LAST:
                other = await soon(events)
                told += [other] if isinstance(other, InboundEvent) else []

        wrong = [event.text for event in told[:-1] if not event.author.is_bot]
        assert wrong == [], f"{wrong}: leave it out, or bring it in with `Author(is_bot=True)`"

    async def test_many_messages_at_once_all_arrive_once_each(self, platform: Platform) -> None:
        """Each with a key of its own, and those that come again with the key they had."""
        if not isinstance(platform, Acknowledges):
            lacks(platform, Acknowledges)
        texts = [f"message {number}" for number in range(20)]
        async with running(platform) as events:
            await asyncio.gather(*(platform.post(text) for text in texts))
            if isinstance(platform, Redelivers):
                await platform.redeliver()
            keys: dict[str, str] = {}
            while set(keys.values()) != set(texts):
                event = await soon(events)
                assert keys.setdefault(event.dedupe_key, event.text) == event.text

        assert len(keys) == len(texts)
