"""Any string, of any length, in any language, with any Markdown."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from botcore.adapter import Adapter, Outgoing
from botcore.domain import Author, ConversationKey, InboundEvent, valid
from botcore.reply import STOPPED, Reply
from botcore.testing import MemoryAdapter
from botcore_terminal import TerminalAdapter
from botcore_terminal.live_screen import LiveScreen
from botcore_terminal.prompt import Prompt
from tests.adapters.terminal.fake_terminal import FakeTerminal

MARKUP = [
    "```",
    "```python\n",
    "~~~",
    "````",
    "`",
    "*",
    "**",
    "_",
    "> ",
    "- ",
    "1. ",
    "# ",
    "    ",
    "\t",
    "|",
]
MARKUP += [
    "\n",
    "\n\n",
    "---\n",
    "[a](b)",
    "![",
    "<b>",
    "<!--",
    "&amp;",
    "\\",
    "@channel",
    "<!here>",
    "\x1b[",
]
WORDS = [
    "word",
    "日本語",
    "العربية",
    "हिन्दी",
    "👩🏽\u200d💻",
    "e\u0301",
    "\u202e",
    "\x00",
    "\ud83d",
    "<|eot_id|>",
]
WORDS += ["x" * 200]

anything = st.one_of(st.sampled_from(MARKUP), st.sampled_from(WORDS), st.text(max_size=20))
markdown = st.lists(anything, max_size=40)
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
@given(pieces=markdown)
def test_a_reply_is_what_was_written_as_far_as_utf8_can_carry_it(pieces: list[str]) -> None:
    texts = written_by(pieces).texts

    assert "".join(texts) in ("".join(map(valid, pieces)), "")
    assert all(text.encode() for text in texts)


@property_test
@given(pieces=markdown)
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


async def shown_on_memory(preview: str, final: str) -> str:
    adapter = MemoryAdapter()
    await _send(adapter, preview, final)
    return "".join(message.text for message in adapter.shown.values())


async def shown_on_terminal(preview: str, final: str) -> str:
    """The terminal's double fails on any control character that a text might smuggle in."""
    terminal = FakeTerminal(width=100)
    with create_pipe_input() as keys:
        adapter = TerminalAdapter(
            lines=Prompt(keyboard=keys, display=DummyOutput()), screen=LiveScreen(terminal.console())
        )
        await _send(adapter, preview, final)
        await adapter.turn_over(EVENT.key, EVENT.message_id)
    return terminal.text


async def _send(adapter: Adapter, preview: str, final: str) -> None:
    receipt = await adapter.create(Outgoing(EVENT.key, preview, final=False, answers=EVENT.message_id))
    await adapter.edit(receipt, Outgoing(EVENT.key, final, final=True, answers=EVENT.message_id))


@pytest.mark.parametrize("shown_on", [shown_on_memory, shown_on_terminal])
@property_test
@given(pieces=markdown, cut=st.integers(min_value=0, max_value=200))
def test_it_can_be_sent(shown_on: Callable[[str, str], Awaitable[str]], pieces: list[str], cut: int) -> None:
    for text in written_by(pieces).texts:

        async def send(text: str = text) -> str:
            return await shown_on(text[:cut], text)

        asyncio.run(send())


@pytest.mark.parametrize("shown_on", [shown_on_memory, shown_on_terminal])
@pytest.mark.parametrize("length", [1, 4096, 200_000])
async def test_it_can_have_any_length(shown_on: Callable[[str, str], Awaitable[str]], length: int) -> None:
    text = ("word " * (length // 5 + 1))[:length].strip()

    assert (await shown_on(text[:10], text)).split() == text.split()


@pytest.mark.parametrize("shown_on", [shown_on_memory, shown_on_terminal])
@property_test
@given(lines=st.lists(line))
def test_code_stays_as_it_is(shown_on: Callable[[str, str], Awaitable[str]], lines: list[str]) -> None:
    code = [one for one in lines if set(one) - {"`"}]
    text = "Look:\n\n````\n" + "".join(f"{one}\n" for one in code) + "````"

    async def send() -> str:
        return await shown_on(text[:12], text)

    shown = asyncio.run(send())

    for kept in code:
        assert kept in shown
