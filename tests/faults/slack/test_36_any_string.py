"""Any string, of any length, in any language, with any Markdown, on Slack: streamed, edited, whole."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from botcore.adapter import Adapter, Outgoing
from botcore.domain import InboundEvent
from botcore.markup import lay_out, parse, split
from botcore.testing.conformance.meeting import running, soon
from tests.adapters.slack.platform import SocketPlatform
from tests.botcore.markup.any_markdown import anything
from tests.fakes.slack import Slack

BLANK = "…"  # what is sent for a text without a visible character
PLANS = 0  # a thread
pieces_of_markdown = st.lists(anything, max_size=40).map("".join)


@asynccontextmanager
async def asked(stream: str) -> AsyncIterator[tuple[SocketPlatform, InboundEvent]]:
    """A thread on Slack in which somebody has just asked."""
    with TemporaryDirectory() as folder:
        async with Slack() as slack:
            platform = SocketPlatform(slack, Path(folder), stream=stream)
            async with running(platform) as events:
                await platform.post_in_thread("?", PLANS)
                yield platform, await soon(events)
            await platform.adapter.close()


async def send(adapter: Adapter, event: InboundEvent, text: str, cut: int) -> list[str]:
    """Send a text as the core does: a preview, cut anywhere, more of it, and the whole; return its parts."""
    parts = split(text, adapter.capabilities.limits)
    for part in parts:
        receipt = None
        for preview in filter(str.strip, (part[:cut], part[: 2 * cut])):
            shown = Outgoing(event.key, preview, final=False, asker=event.author.id)
            receipt = (
                await adapter.edit(receipt, shown) or receipt if receipt else await adapter.create(shown)
            )
        whole = Outgoing(event.key, part, final=True, asker=event.author.id)
        if receipt:
            await adapter.edit(receipt, whole)
        else:
            await adapter.create(whole)
    return parts


@pytest.mark.parametrize("stream", ["native", pytest.param("edit", marks=pytest.mark.slow)])
@settings(
    deadline=None,
    max_examples=12,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.differing_executors],
)
@given(texts=st.lists(pieces_of_markdown, min_size=1, max_size=6), cut=st.integers(1, 200))
def test_what_is_read_is_what_was_written_and_it_calls_nobody(
    stream: str, texts: list[str], cut: int
) -> None:
    async def try_it() -> None:
        async with asked(stream) as (platform, event):
            parts = [part for text in texts for part in await send(platform.adapter, event, text, cut)]
            for part, shown in zip(parts, platform.shown_in_thread(PLANS), strict=True):
                assert readable(shown) in (readable(lay_out(parse(part)).text), BLANK)
            assert platform.called() == []

    asyncio.run(try_it())


@pytest.mark.parametrize("length", [1, 4096, 60_000])
async def test_it_can_have_any_length(length: int) -> None:
    text = ("word " * (length // 5 + 1))[:length].strip()
    async with asked("native") as (platform, event):
        await send(platform.adapter, event, text, 10)

        assert platform.streamed == (length > 1)
        assert " ".join(platform.shown_in_thread(PLANS)).split() == text.split()


def readable(text: str) -> str:
    return "".join(text.split())
