"""A whole bot on a second Slack that nobody here wrote, by Socket Mode.

It has no streams and no OAuth. Of other emulators that speak HTTP, smock knows two
methods only; slack-mock listens on no port.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.adapters.slack.socket_emulator import (
    ANA,
    BOT,
    CHANNEL,
    TEAM,
    OnSocketEmulator,
    SocketEmulator,
    running_socket_emulator,
)
from tests.fakes.telegram_process import let_everybody_in


@pytest.fixture
async def emulator(tmp_path: Path) -> AsyncIterator[SocketEmulator]:
    async with running_socket_emulator(tmp_path) as emulator:
        yield emulator


@pytest.mark.slow  # a message a second, as the bot paces them
async def test_it_answers_by_sockets_there_too(emulator: SocketEmulator, tmp_path: Path) -> None:
    """Mention, thread, follow-up, command and button: in one run, since a start takes a second."""
    bot = OnSocketEmulator(tmp_path / "bot", emulator)
    await let_everybody_in(bot, TEAM, "slack")
    async with bot:
        asked = await emulator.write(f"<@{BOT}> hello")
        first = await emulator.until_said("re: hello")
        assert first["thread_ts"] == asked
        await emulator.write("and more", thread_ts=asked)
        assert (await emulator.until_said("re: and more"))["thread_ts"] == asked

        await emulator.write(f"<@{BOT}> offer")
        offer = await emulator.until_said("Shall I?")
        elements = [one for block in offer["blocks"] for one in block.get("elements", [])]
        [button] = [one for one in elements if "action_id" in one]
        await emulator.ask("interact", channel=CHANNEL, messageTs=offer["ts"], user=ANA, action=button)
        await emulator.until_said("held by a button")

        await emulator.ask("command", channel=CHANNEL, user=ANA, command="/botcore", text="how are you?")
        await emulator.until_said("re: how are you?")
