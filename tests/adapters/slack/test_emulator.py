"""A whole bot on a Slack emulator that nobody here wrote, configured as an operator would.

The emulator has the Web API and signed events. It has no Socket Mode and no streams: an answer grows by
updates. Nobody can press a button or type a slash command there: a press is sent as Slack would send it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.adapters.slack.emulator import SIGNING_SECRET, EmulatedProcess, Emulator, running_emulator
from tests.fakes.script import question, whole_answer
from tests.fakes.slack.reading import mentions_in, read_blocks
from tests.fakes.slack_answers import GREETING
from tests.fakes.telegram_process import let_everybody_in

PAST = ("we merge with the other company", "agreed", "on Monday")


@pytest.fixture
async def emulator() -> AsyncIterator[Emulator]:
    async with running_emulator() as emulator:
        for text in PAST:
            await emulator.call("chat.postMessage", channel=emulator.channel, text=text)
        yield emulator


@pytest.fixture
async def bot(tmp_path: Path, emulator: Emulator) -> AsyncIterator[EmulatedProcess]:
    bot = EmulatedProcess(tmp_path / "bot", emulator)
    await let_everybody_in(bot, emulator.team, "slack")
    async with bot:
        yield bot


def shown(message: dict[str, object]) -> str:
    blocks = message.get("blocks")
    return read_blocks(blocks) if isinstance(blocks, list) and blocks else str(message["text"])


def texts(said: list[dict[str, object]]) -> list[str]:
    return [text for message in said if GREETING not in (text := shown(message))]


async def test_it_answers_there_too(emulator: Emulator, bot: EmulatedProcess) -> None:
    """Post, thread, growing answer, replies, buttons, 401: in one run, since a start takes a second."""
    asked = await emulator.write("hello")
    await emulator.until_thread(asked, lambda said: texts(said) == ["re: hello"], "an answer")
    await emulator.write("and &lt;!here&gt; **bold**?", thread=asked)
    both = ["re: hello", "re: and <!here> bold?"]
    said = await emulator.until_thread(asked, lambda said: texts(said) == both, "an answer in the thread")
    assert not [name for one in said for name in mentions_in(one["text"], one["blocks"])]

    long = question("long", words=30, pace=0.1)
    streamed = await emulator.write(long)
    begun = await emulator.until_thread(
        streamed, lambda said: len(texts(said)) == 1 and "long.3" in texts(said)[0], "a beginning"
    )
    ended = await emulator.until_thread(streamed, lambda said: texts(said) == [whole_answer(long)], "the end")
    assert begun[-1]["ts"] == ended[-1]["ts"]

    offering = await emulator.write("offer")
    [*_, offer] = await emulator.until_thread(offering, lambda said: "Shall I?" in texts(said), "an offer")
    [button] = [one for block in offer["blocks"] for one in block.get("elements", []) if "text" in one]
    assert button["text"]["text"] == "Hold"
    assert (await emulator.press(offer, button)).status == 200
    await emulator.until_thread(
        offering, lambda said: "held by a button" in texts(said), "what it stands for"
    )

    forged = {"type": "event_callback", "team_id": emulator.team, "event": {"type": "message"}}
    for secret, age in (("another", 0), (SIGNING_SECRET, 301)):
        assert (await emulator.send(forged, secret, age=age)).status == 401


@pytest.mark.slow
async def test_what_was_said_before_is_read(emulator: Emulator, bot: EmulatedProcess) -> None:
    """In direct messages, since of what one person is shown in a channel the emulator tells nothing."""
    direct = (await emulator.call("conversations.open", users=emulator.bot))["channel"]["id"]
    text = f"summarize --chat {emulator.channel}"
    await emulator.call("chat.postMessage", channel=direct, text=text)

    async def said() -> str:
        told = await emulator.call("conversations.history", channel=direct)
        return " ".join(shown(one) for one in told["messages"] if one["user"] == emulator.bot)

    async with asyncio.timeout(60):
        while "Monday" not in await said():
            await asyncio.sleep(0.1)
