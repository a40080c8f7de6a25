"""Another Slack that others wrote (local-slack): it has Socket Mode, slash commands, buttons and modals."""

from __future__ import annotations

import asyncio
import json
import shutil
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.adapters.slack.connected import free_address, listening
from tests.adapters.slack.emulator import MODULES
from tests.fakes.bot_process import BotProcess

BOT_TOKEN, APP_TOKEN = "xoxb-local-token", "xapp-local-token"
TEAM, BOT, ANA, CHANNEL = "T01TEAM", "U0BOT", "U01ANA", "C01TEAM"
WORLD = {
    "workspace": {"name": "Acme", "domain": "acme", "teamId": TEAM},
    "app": {
        "appId": "A01APP",
        "botUserId": BOT,
        "botName": "helper",
        "botToken": BOT_TOKEN,
        "appToken": APP_TOKEN,
        "signingSecret": "s",
        "mode": "socket",
        "requestUrl": "http://127.0.0.1:9/slack/events",
    },
    "users": [{"id": ANA, "name": "ana", "real_name": "Ana"}],
    "channels": [{"id": CHANNEL, "name": "team", "members": [ANA, BOT]}],
}
Json = dict[str, Any]


class SocketEmulator:
    """local-slack, and what Ana does there."""

    def __init__(self, address: str) -> None:
        self.url = f"http://{address}"
        self.port = int(address.rpartition(":")[2])
        self.bot_pid: int | None = None

    async def ask(self, path: str, **body: Any) -> Json:
        """Have something done, or with no body look at something."""
        async with aiohttp.ClientSession() as session:
            url = f"{self.url}/_control/{path}"
            call = session.post(url, json=body) if body else session.get(url)
            async with call as answer:
                told: Json = await answer.json()
                return told

    async def write(self, text: str, **where: str) -> str:
        """Write as Ana; return the message's ts."""
        told = await self.ask("message", channel=CHANNEL, user=ANA, text=text, **where)
        return str(told["message"]["ts"])

    async def said(self) -> list[Json]:
        """Return what the bot has said in the channel and its threads."""
        messages = (await self.ask(f"messages/{CHANNEL}"))["messages"]
        return [message for message in messages if message.get("user") == BOT]

    async def until_said(self, text: str, seconds: float = 30.0) -> Json:
        """Wait until the bot has said something; return that message."""
        ends = time.monotonic() + seconds
        while not (found := [one for one in await self.said() if one["text"] == text]):
            assert time.monotonic() < ends, f"not within {seconds} s: {text}; said is {await self.said()}"
            await asyncio.sleep(0.05)
        return found[-1]

    async def until(self, condition: Callable[[], bool], what: str, seconds: float = 60.0) -> None:
        ends = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < ends, f"not within {seconds} s: {what}"
            await asyncio.sleep(0.02)


class OnSocketEmulator(BotProcess):
    """A bot whose botcore.toml names that Slack."""

    def __init__(self, folder: Path, emulator: SocketEmulator) -> None:
        tokens = {"BOTCORE_SLACK__TOKEN": BOT_TOKEN, "BOTCORE_SLACK__APP_TOKEN": APP_TOKEN}
        super().__init__(folder, emulator, environment=tokens)
        self.emulator = emulator

    @property
    def has_arrived(self) -> bool:
        return self.is_running and "socket_opened" in self.logs

    def adapter_tables(self) -> dict[str, Json]:
        return {"adapters.slack": {"base_url": f"{self.emulator.url}/api", "sockets": 1}}


@asynccontextmanager
async def running_socket_emulator(folder: Path) -> AsyncIterator[SocketEmulator]:
    """Start that Slack; skip the test where it is not installed."""
    program = shutil.which("local-slack", path=str(MODULES / "local-slack-linux-x64" / "bin"))
    if program is None:
        pytest.skip("needs the emulator: make slack-emulator")
    config = folder / "slack.json"
    config.write_text(json.dumps(WORLD))
    emulator = SocketEmulator(address := free_address())
    process = await asyncio.create_subprocess_exec(
        program, "--config", str(config), "--port", str(emulator.port), stdout=asyncio.subprocess.DEVNULL
    )
    try:
        await listening(address)
        yield emulator
    finally:
        process.kill()
        await process.wait()
