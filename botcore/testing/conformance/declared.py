"""What an adapter says of itself must be true before anybody relies on it."""

from __future__ import annotations

import asyncio
import re
from typing import get_args

import pytest
from pydantic import SecretStr, ValidationError

from botcore.adapter import (
    AdapterFactory,
    AnswersAlone,
    Closes,
    Drafts,
    FindsSent,
    HandsOver,
    HearsPartly,
    HearsTurnOver,
    Introduces,
    OpensForms,
    PacesByChat,
    PrivateAnswers,
    StreamMode,
    StreamsByChat,
    TellsTrouble,
)
from botcore.config_check import settings_class
from botcore.discovery import load_adapter
from botcore.testing.conformance.meeting import SECONDS, answer_to, lacks, reply, running
from botcore.testing.platform import Platform, StartsBots

NAME = re.compile(r"[a-z][a-z0-9_-]*")


class DeclaredContract:
    """Part of `AdapterContract`."""

    def test_what_its_capabilities_promise_it_has_methods_for(self, platform: Platform) -> None:
        adapter, can = platform.adapter, platform.adapter.capabilities
        has = {
            "Drafts": can.stream_mode is not StreamMode.DRAFT or isinstance(adapter, Drafts),
            "OpensForms": not can.forms or isinstance(adapter, OpensForms),
            "HandsOver": can.private is not PrivateAnswers.HAND_OVER or isinstance(adapter, HandsOver),
            "AnswersAlone": can.private is not PrivateAnswers.EPHEMERAL or isinstance(adapter, AnswersAlone),
        }
        missing = [name for name, is_there in has.items() if not is_there]

        assert missing == [], f"its capabilities promise {missing}: write those methods, or promise less"

    def test_its_capabilities_make_sense(self, platform: Platform) -> None:
        can = platform.adapter.capabilities

        assert NAME.fullmatch(platform.adapter.name), (
            "its name is a table of botcore.toml and a part of variables: lower case, no blanks"
        )
        assert can.edit_interval >= 0
        assert can.burst >= 1, "one call must be possible after a rest"
        assert can.max_chars is None or can.max_chars >= 100, "below that nothing can be said in a message"
        assert can.private is not PrivateAnswers.HAND_OVER or can.buttons, "what hands over is a button"

    async def test_what_it_tells_of_a_chat_makes_sense(self, platform: Platform) -> None:
        adapter = platform.adapter
        async with running(platform) as events:
            event = await answer_to(platform, events, "hello")
            if isinstance(adapter, StreamsByChat):
                mode = adapter.stream_mode(event.key)
                assert mode is not StreamMode.DRAFT or isinstance(adapter, Drafts)
            if isinstance(adapter, PacesByChat):
                assert adapter.edit_interval(event.key) >= 0
            if isinstance(adapter, HearsPartly):
                assert await adapter.unheard(event.key) == "", "it has just heard all that was said here"
            if isinstance(adapter, TellsTrouble):
                assert adapter.trouble == "", "a message has just come in, so all is well"

    async def test_it_ends_when_it_is_told_to_and_can_still_send(self, platform: Platform) -> None:
        """A bot that stops brings nothing in any more, finishes its answers, and closes."""
        async with running(platform) as events:
            event = await answer_to(platform, events, "hello")
            begun = asyncio.get_running_loop().time()
        took = asyncio.get_running_loop().time() - begun
        receipt = await platform.adapter.create(reply(event, "good", final=False))
        await platform.adapter.edit(receipt, reply(event, "good day"))
        if isinstance(platform.adapter, HearsTurnOver):
            await platform.adapter.turn_over(event.key, event.message_id)
        shown = platform.shown()
        if isinstance(platform.adapter, Closes):
            async with asyncio.timeout(SECONDS):
                await platform.adapter.close()
                await platform.adapter.close()

        assert shown == ["good day"]
        assert took < 5, "`run` must end soon after its task is cancelled: raise CancelledError on"

    async def test_a_restart_of_it_in_the_same_process_is_no_trouble(self, platform: Platform) -> None:
        """The core calls `run` again when it raised."""
        for text in ("one", "two"):
            async with running(platform) as events:
                event = await answer_to(platform, events, text)
                while event.text != text:  # what was not acknowledged any more comes again
                    event = await events.get()
                if isinstance(platform.adapter, HearsTurnOver):
                    await platform.adapter.turn_over(event.key, event.message_id)

    async def test_what_was_sent_is_found_and_nothing_else(self, platform: Platform) -> None:
        """So that an answer whose receipt got lost is neither sent twice nor missing."""
        adapter = platform.adapter
        if not isinstance(adapter, FindsSent):
            lacks(platform, FindsSent)
        async with running(platform) as events:
            event = await answer_to(platform, events, "hello")
            marked = reply(event, "good day", delivery_id="mark-1")
            receipt = await adapter.create(marked)
            await adapter.create(reply(event, "good day", delivery_id="mark-2"))
            found = await adapter.find_sent(marked, event.sent_at)
            other = await adapter.find_sent(reply(event, "good day", delivery_id="mark-3"), event.sent_at)

        assert found is not None, "it is there, with the `delivery_id` that `create` was given"
        assert found.message_id == receipt.message_id, "another one says the same: look for `delivery_id`"
        assert other is None, "it was never sent, so it may be sent"

    def test_a_key_that_it_does_not_know_is_refused(self, platform: Platform) -> None:
        """So that a mistake of the operator's is told before anything starts."""
        kind = settings_class(_factory(platform))
        if kind is None:
            pytest.skip("it has no `settings` class: give it one, and mistakes in its table are told")
        assert isinstance(platform, StartsBots)
        table = platform.bot_table()
        kind.model_validate({**table.table, **table.secrets})

        with pytest.raises(ValidationError):
            kind.model_validate({**table.table, **table.secrets, "no_such_key": 1})
        kinds = {key: kind.model_fields[key].annotation for key in table.secrets}
        shown = [key for key, one in kinds.items() if SecretStr not in (one, *get_args(one))]
        assert shown == [], f"{shown} should be a pydantic SecretStr: those are masked in every log"

    async def test_botcore_init_learns_who_the_bot_is_by_what_it_asks(self, platform: Platform) -> None:
        factory = _factory(platform)
        if not isinstance(factory, Introduces):
            lacks(platform, Introduces)
        assert isinstance(platform, StartsBots)
        table = platform.bot_table()

        key, value = 0, 1
        asked = {
            question.key
            for question in factory.questions
            if str(table.table.get(question.when[key], "")) == question.when[value]
        }
        introduction = await factory.introduce({**table.table, **table.secrets})

        assert asked <= set(table.table) | set(table.secrets)
        assert introduction.name
        assert introduction.place


def _factory(platform: Platform) -> AdapterFactory:
    if not isinstance(platform, StartsBots):
        lacks(platform, StartsBots)
    return load_adapter(platform.adapter.name, platform.bot_table().use or None)
