"""What an adapter declares to be able to do is looked at from the platform's side."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from botcore.adapter import (
    Accepted,
    AnswersPresses,
    Drafts,
    Key,
    PrefixesCommands,
    ShowsCommands,
    StreamMode,
    StreamsByChat,
)
from botcore.domain import Event, InboundEvent, Pressed
from botcore.testing.conformance.meeting import (
    SECONDS,
    answer_to,
    hearing,
    lacks,
    must_be,
    receiving,
    reply,
    running,
    shown_anew,
    soon,
)
from botcore.testing.platform import (
    HasButtons,
    HasThreads,
    OffersCommands,
    Platform,
    ShowsDrafts,
    ShowsFiles,
)
from botcore.testing.troubles import Redelivers

LONGEST_ID = "b" * 64  # as the core may make it


class CapabilitiesContract:
    """Part of `AdapterContract`."""

    async def test_a_preview_can_be_edited_again_and_again(self, platform: Platform) -> None:
        async with running(platform) as events:
            event = await answer_to(platform, events, "hello")
            mode = platform.adapter.capabilities.stream_mode
            if isinstance(platform.adapter, StreamsByChat):
                mode = platform.adapter.stream_mode(event.key)
            if mode not in (StreamMode.EDIT, StreamMode.STREAM):
                pytest.skip(f"answers appear by {mode} there")
            receipt = await platform.adapter.create(reply(event, "one", final=False))
            for text in ("one two", "one two three"):
                receipt = await shown_anew(platform.adapter, receipt, reply(event, text, final=False))
            receipt = await shown_anew(platform.adapter, receipt, reply(event, "one two three."))

            assert platform.shown() == ["one two three."]

    async def test_a_draft_is_no_message_and_goes_when_the_message_comes(self, platform: Platform) -> None:
        adapter = platform.adapter
        if not isinstance(adapter, Drafts):
            lacks(platform, Drafts)
        if not isinstance(platform, ShowsDrafts):
            must_be(platform, ShowsDrafts)
        async with running(platform) as events:
            event = await answer_to(platform, events, "hello")
            for text in ("good", "good da"):
                await adapter.draft(reply(event, text, final=False))
                assert (platform.drafts(), platform.shown()) == ([text], [])
            await adapter.create(reply(event, "good day"))

            assert (platform.drafts(), platform.shown()) == ([], ["good day"])

    async def test_a_button_is_drawn_pressed_and_taken_away(self, platform: Platform) -> None:
        if not platform.adapter.capabilities.buttons:
            lacks(platform, HasButtons)
        if not isinstance(platform, HasButtons):
            must_be(platform, HasButtons)
        async with hearing(platform) as events:
            await platform.post("shall I?")
            event = await soon(events)
            assert isinstance(event, InboundEvent)
            keys = (
                Key("Yes", LONGEST_ID),
                Key("No", "b2"),
                Key("Why", url="https://example.org/why?a=1&b=2"),
            )
            receipt = await platform.adapter.create(replace(reply(event, "Shall I?"), buttons=keys))
            assert platform.buttons() == ["Yes", "No", "Why"]
            await platform.press("Yes")
            pressed = await soon(events)
            assert isinstance(pressed, Pressed)
            assert (pressed.button_id, pressed.key) == (LONGEST_ID, event.key)
            assert pressed.message_id
            assert pressed.author.id == event.author.id
            assert pressed.direct == event.direct
            if isinstance(platform, Redelivers):
                await platform.redeliver()
                again = await soon(events)
                assert isinstance(again, Pressed)
                assert again.dedupe_key == pressed.dedupe_key
            receipt = await shown_anew(platform.adapter, receipt, reply(event, "Done."))

            assert platform.buttons() == []
            assert platform.shown() == ["Done."]

    async def test_who_presses_is_answered_at_once(self, platform: Platform) -> None:
        adapter = platform.adapter
        if not isinstance(adapter, AnswersPresses):
            lacks(platform, AnswersPresses)
        if not isinstance(platform, HasButtons):
            must_be(platform, HasButtons)
        events: asyncio.Queue[Event] = asyncio.Queue()

        async def receive(event: Event) -> Accepted:
            if isinstance(event, Pressed):
                await adapter.answer_press(event, "Noted.")
            await events.put(event)
            return Accepted.NEW

        async with receiving(platform, receive):
            await platform.post("shall I?")
            event = await soon(events)
            assert isinstance(event, InboundEvent)
            await adapter.create(replace(reply(event, "Shall I?"), buttons=(Key("Yes", "b1"),)))
            await platform.press("Yes")
            await soon(events)

        assert platform.notices() == ["Noted."]

    async def test_a_press_that_can_not_be_committed_comes_again_or_who_pressed_is_told(
        self, platform: Platform
    ) -> None:
        """Many platforms deliver a press only once. Silence would leave whoever pressed waiting."""
        if not platform.adapter.capabilities.buttons:
            lacks(platform, HasButtons)
        if not isinstance(platform, HasButtons):
            must_be(platform, HasButtons)
        events: asyncio.Queue[Event] = asyncio.Queue()
        pressed: list[str] = []

        async def receive(event: Event) -> Accepted:
            if isinstance(event, Pressed):
                pressed.append(event.dedupe_key)
                if len(pressed) == 1:
                    raise OSError("the database is down")
            await events.put(event)
            return Accepted.NEW

        async with receiving(platform, receive):
            await platform.post("shall I?")
            event = await soon(events)
            assert isinstance(event, InboundEvent)
            await platform.adapter.create(replace(reply(event, "Shall I?"), buttons=(Key("Yes", "b1"),)))
            was_told = False
            try:
                await platform.press("Yes")
            except OSError:  # a platform in memory, where who pressed gets the error itself
                was_told = True
            async with asyncio.timeout(SECONDS):
                while not (was_told or len(pressed) > 1):
                    was_told = any(platform.notices()) or len(platform.shown()) > 1
                    await asyncio.sleep(0.01)

        assert len(set(pressed)) == 1, "a press that comes again needs the same `dedupe_key`"

    async def test_code_that_is_longer_than_a_message_becomes_a_file(self, platform: Platform) -> None:
        capabilities = platform.adapter.capabilities
        if not capabilities.files or capabilities.max_chars is None:
            lacks(platform, ShowsFiles)
        if not isinstance(platform, ShowsFiles):
            must_be(platform, ShowsFiles)
        line = "print('<b>**no** @markup</b>')\n"
        code = line * (capabilities.max_chars // len(line) + 1)
        async with running(platform) as events:
            event = await answer_to(platform, events, "hello")
            await platform.adapter.create(reply(event, f"```python\n{code}```"))

        [(name, content)] = platform.files()
        assert name
        assert content.strip() == code.strip()

    async def test_commands_are_typed_as_it_says(self, platform: Platform) -> None:
        """People are told to type what is behind its prefix, and that must be a command then."""
        adapter = platform.adapter
        if not isinstance(adapter, PrefixesCommands):
            lacks(platform, PrefixesCommands)
        if isinstance(adapter, ShowsCommands):
            adapter.show_commands({"haiku": "Write a poem"})
        async with running(platform) as events:
            event = await answer_to(platform, events, "hello")
            typed = f"{adapter.command_prefix(event.key)}haiku about snow"
            assert (await answer_to(platform, events, typed)).text == "/haiku about snow", typed
            if isinstance(platform, HasThreads):
                await platform.post_in_thread("hello", 0)
                typed = f"{adapter.command_prefix((await soon(events)).key)}haiku about snow"
                await platform.post_in_thread(typed, 0)
                assert (await soon(events)).text == "/haiku about snow", typed

    async def test_commands_are_offered(self, platform: Platform) -> None:
        adapter = platform.adapter
        if not isinstance(adapter, ShowsCommands):
            lacks(platform, ShowsCommands)
        if not isinstance(platform, OffersCommands):
            must_be(platform, OffersCommands)
        commands = {"help": "Say what I can do", "haiku": "Write a poem"}
        adapter.show_commands(commands)
        async with running(platform) as events, asyncio.timeout(SECONDS):
            await answer_to(platform, events, "hello")
            while platform.commands() != commands:
                await asyncio.sleep(0.01)
