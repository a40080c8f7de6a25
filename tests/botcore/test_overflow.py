"""An answer that is longer than a message goes on in the next ones."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from botcore import Part, Pieces, Plugin, StreamMode
from botcore.adapter import Capabilities, Outgoing
from botcore.errors import RetryLater
from botcore.markup import parse
from botcore.testing import FakeEngine, MemoryAdapter
from tests.botcore.markup.said import said
from tests.botcore.running_bot import Running, running

SENTENCES = [f"This is sentence number {number} of a longer answer." for number in range(20)]
ANSWER = " ".join(SENTENCES)


def small_messages(mode: StreamMode = StreamMode.EDIT) -> MemoryAdapter:
    return MemoryAdapter(capabilities=Capabilities(stream_mode=mode, edit_interval=0.0, max_chars=100))


async def answer(at: Running, text: str = "hello") -> list[list[Outgoing]]:
    """Return what each message of an answer showed, one after the other."""
    question = await at.adapter.post(text)
    async with asyncio.timeout(30):
        await at.adapter.answer_to(question)
    return [message.versions for message in at.adapter.answers_to(question)]


@pytest.mark.parametrize("mode", list(StreamMode))
async def test_all_of_a_long_answer_arrives_in_messages_that_fit(tmp_path: Path, mode: StreamMode) -> None:
    """The platform refuses what is too long, previews too."""
    engine = FakeEngine(ANSWER, pace=0.002)
    async with running(tmp_path, engine, adapter=small_messages(mode)) as at:
        messages = await answer(at)

    assert len(messages) > 5
    assert " ".join(versions[-1].text for versions in messages) == ANSWER
    assert all(versions[-1].final for versions in messages)


async def test_a_message_that_is_full_stays_as_it_is_while_the_next_one_grows(tmp_path: Path) -> None:
    engine = FakeEngine(ANSWER, pace=0.02)
    async with running(tmp_path, engine, adapter=small_messages()) as at:
        messages = await answer(at)

    for versions in messages[:-1]:
        full = [version.text for version in versions if version.final]
        assert set(full) == {versions[-1].text}
        assert len(full) == 1
    assert len(messages[1]) > 1


async def test_a_preview_that_has_to_wait_is_shown_later(tmp_path: Path) -> None:
    adapter = small_messages()
    adapter.errors = [None, RetryLater(after=0.01), None, RetryLater(after=0.01)]
    async with running(tmp_path, FakeEngine(ANSWER, pace=0.01), adapter=adapter) as at:
        messages = await answer(at)

    assert " ".join(versions[-1].text for versions in messages) == ANSWER


async def test_the_model_remembers_the_answer_as_it_wrote_it(tmp_path: Path) -> None:
    code = "\n".join(f"line_{number} = {number}" for number in range(30))
    written = f"Look:\n\n```python\n{code}\n```"
    engine = FakeEngine([written, "yes"])
    async with running(tmp_path, engine, adapter=small_messages()) as at:
        messages = await answer(at)
        await answer(at, "and now?")

    assert len(messages) > 3
    assert said(parse(versions[-1].text) for versions in messages) == said([parse(written)])
    assert [message.text for message in engine.requests[1].messages] == ["hello", written, "and now?"]


async def test_parts_of_a_plugin_begin_messages_of_their_own(tmp_path: Path) -> None:
    plugin, adapter = Plugin("talk"), small_messages()

    async def is_shown(text: str) -> None:
        while not any(message.text.endswith(text) for message in adapter.shown.values()):
            await asyncio.sleep(0.01)

    @plugin.answerer
    async def talk() -> Pieces:
        yield ANSWER
        await is_shown(SENTENCES[-1])
        yield Part("The second part")
        await is_shown("The second part")
        yield " goes on."

    async with running(tmp_path, FakeEngine(), adapter=adapter, plugins=[plugin]) as at:
        *first, second = await answer(at)

    assert " ".join(versions[-1].text for versions in first) == ANSWER
    assert [second[0].text, second[-1].text] == ["The second", "The second part goes on."]


async def test_a_chat_without_limits_shows_one_message(tmp_path: Path) -> None:
    async with running(tmp_path, FakeEngine(ANSWER * 50)) as at:
        [versions] = await answer(at)

    assert versions[-1].text == ANSWER * 50
