"""Any string, of any length, in any language, with any Markdown."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from botcore.adapter import Adapter, Capabilities, Outgoing
from botcore.domain import Author, ConversationKey, InboundEvent, valid
from botcore.markup import TextUnit, lay_out, parse, split
from botcore.reply import STOPPED, Reply
from botcore.testing import MemoryAdapter
from botcore.testing.conformance.meeting import answer_to, running
from botcore_terminal import TerminalAdapter
from botcore_terminal.live_screen import LiveScreen
from botcore_terminal.prompt import Prompt
from tests.adapters.telegram.platform import TelegramPlatform
from tests.adapters.terminal.fake_terminal import FakeTerminal
from tests.botcore.markup.any_markdown import anything
from tests.fakes.telegram import Telegram

pieces_of_markdown = st.lists(anything, max_size=40)
line = st.text(st.characters(codec="ascii", min_codepoint=33, max_codepoint=126), min_size=1, max_size=40)
property_test = settings(
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.differing_executors],
)
EVENT = InboundEvent(
    ConversationKey("memory", "test", "room"), "1", "1", Author("ana", "Ana"), "?", datetime.now(UTC)
)
Send = Callable[[Adapter], Awaitable[None]]


def written_by(pieces: list[str]) -> Reply:
    """Return a reply as a plugin writes it, in pieces cut anywhere."""
    reply = Reply(EVENT, lambda part, outgoing: None)
    for piece in pieces:
        reply.add(piece)
    return reply


@property_test
@given(pieces=pieces_of_markdown)
def test_a_reply_is_what_was_written_as_far_as_utf8_can_carry_it(pieces: list[str]) -> None:
    texts = written_by(pieces).texts

    assert "".join(texts) in ("".join(map(valid, pieces)), "")
    assert all(text.encode() for text in texts)


@property_test
@given(pieces=pieces_of_markdown)
def test_where_it_breaks_off_the_note_is_no_code(pieces: list[str]) -> None:
    """A fence that was open is closed before it, and one that was not is not opened."""
    reply = written_by(pieces)
    code = _code("".join(map(valid, pieces)))
    reply.stop()

    parsed = MarkdownIt("commonmark", {"html": False}).parse(reply.texts[-1])

    assert parsed[-2].type == "inline"
    assert parsed[-2].content == STOPPED
    assert [block.rstrip() for block in _code(reply.texts[-1])] == [block.rstrip() for block in code]


def _code(text: str) -> list[str]:
    parsed = MarkdownIt("commonmark", {"html": False}).parse(text.rstrip())
    return [token.content for token in parsed if token.type == "fence"]


async def shown_on_memory(text: str, cut: int) -> str:
    adapter = MemoryAdapter()
    await _send(adapter, EVENT, text, cut)
    return "".join(message.text for message in adapter.shown.values())


async def shown_on_small_messages(text: str, cut: int) -> str:
    """It refuses what is too long."""
    adapter = MemoryAdapter(capabilities=Capabilities(max_chars=200, unit=TextUnit.BYTES))
    await _send(adapter, EVENT, text, cut)
    return "\n".join(lay_out(parse(message.text)).text for message in adapter.shown.values())


async def shown_on_terminal(text: str, cut: int) -> str:
    """The terminal's double fails on any control character that a text might smuggle in."""
    terminal = FakeTerminal(width=100)
    with create_pipe_input() as keys:
        adapter = TerminalAdapter(
            lines=Prompt(keyboard=keys, display=DummyOutput()), screen=LiveScreen(terminal.console())
        )
        await _send(adapter, EVENT, text, cut)
        await adapter.turn_over(EVENT.key, EVENT.message_id)
    return terminal.text


async def shown_on_telegram(text: str, cut: int) -> str:
    """The loopback refuses what Telegram refuses, and finds names as Telegram does."""
    async with on_telegram() as (platform, event):
        await _send(platform.adapter, event, text, cut)
        files = (content for _, content in platform.files())
        return "\n".join([*platform.shown(), *files])


@asynccontextmanager
async def on_telegram() -> AsyncIterator[tuple[TelegramPlatform, InboundEvent]]:
    """A chat on Telegram in which somebody has just asked."""
    with TemporaryDirectory() as folder:
        async with Telegram() as telegram:
            platform = TelegramPlatform(telegram, Path(folder))
            async with running(platform) as events:
                yield platform, await answer_to(platform, events, "?")
            await platform.adapter.close()


async def _send(adapter: Adapter, event: InboundEvent, text: str, cut: int) -> None:
    """Send a text as the core does: a preview, cut anywhere, and the whole."""
    for part in split(text, adapter.capabilities.limits):
        receipt = await adapter.create(_message(event, part[:cut], final=False))
        await adapter.edit(receipt, _message(event, part, final=True))


def _message(event: InboundEvent, text: str, *, final: bool) -> Outgoing:
    return Outgoing(event.key, text, final=final, answers=event.message_id)


BLANK = "…"  # what is sent for a text without a visible character
REMOVED_BY_TELEGRAM = re.compile("[\r\u2028-\u202e\u0333\u033f\u030a]")
SHOWN_ON = [shown_on_memory, shown_on_small_messages, shown_on_terminal]


@pytest.mark.parametrize("shown_on", SHOWN_ON)
@property_test
@given(pieces=pieces_of_markdown, cut=st.integers(min_value=0, max_value=200))
def test_it_can_be_sent(shown_on: Callable[[str, int], Awaitable[str]], pieces: list[str], cut: int) -> None:
    for text in written_by(pieces).texts:

        async def send(text: str = text) -> str:
            return await shown_on(text, cut)

        asyncio.run(send())


@pytest.mark.parametrize("shown_on", [*SHOWN_ON, shown_on_telegram])
@pytest.mark.parametrize("length", [1, 4096, 200_000])
async def test_it_can_have_any_length(shown_on: Callable[[str, int], Awaitable[str]], length: int) -> None:
    text = ("word " * (length // 5 + 1))[:length].strip()

    assert (await shown_on(text, 10)).split() == text.split()


@pytest.mark.parametrize("shown_on", SHOWN_ON)
@property_test
@given(lines=st.lists(line))
def test_code_stays_as_it_is(shown_on: Callable[[str, int], Awaitable[str]], lines: list[str]) -> None:
    code = [one for one in lines if set(one) - {"`"}]
    text = "Look:\n\n````\n" + "".join(f"{one}\n" for one in code) + "````"

    async def send() -> str:
        return await shown_on(text, 12)

    shown = asyncio.run(send())

    for kept in code:
        assert kept in shown


@settings(property_test, max_examples=12)
@given(texts=st.lists(pieces_of_markdown.map("".join), min_size=1, max_size=6), cut=st.integers(0, 200))
def test_what_is_read_on_telegram_is_what_was_written_and_it_calls_nobody(texts: list[str], cut: int) -> None:
    async def send() -> None:
        async with on_telegram() as (platform, event):
            for text in texts:
                await _send(platform.adapter, event, text, cut)
            for part, shown in zip(
                [part for text in texts for part in split(text, platform.adapter.capabilities.limits)],
                platform.messages(),
                strict=True,
            ):
                assert _readable(shown.text) in (_readable(lay_out(parse(part)).text), BLANK)
                assert not [one for one in shown.entities if "mention" in one.type or "command" in one.type]

    asyncio.run(send())


def _readable(text: str) -> str:
    return "".join(REMOVED_BY_TELEGRAM.sub("", text).split())
