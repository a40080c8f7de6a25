"""A whole bot on a Telegram emulator that nobody here wrote, configured as an operator would."""

from __future__ import annotations

import asyncio
import shutil
import socket
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.fakes.bot_process import ROOT, BotProcess
from tests.fakes.telegram_process import let_everybody_in

MODULES = ROOT / ".emulator" / "node_modules"
TOKEN = "666:emulated-token"
CHAT = 4711


class Emulator:
    """telegram-test-api, and somebody who writes there."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.bot_pid: int | None = None

    async def until(self, condition: Callable[[], bool], what: str, seconds: float = 60.0) -> None:
        ends = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < ends, f"not within {seconds} s: {what}"
            await asyncio.sleep(0.02)

    async def write(self, text: str) -> None:
        person = {"id": CHAT, "first_name": "Ana", "username": "ana", "is_bot": False}
        chat = {"id": CHAT, "first_name": "Ana", "type": "private"}
        message = {"botToken": TOKEN, "from": person, "chat": chat, "date": int(time.time()), "text": text}
        await self._post("sendMessage", message)

    async def shown(self) -> list[dict[str, Any]]:
        """Return the bot's messages, each as its last edit left it."""
        history = (await self._post("getUpdatesHistory", {"token": TOKEN}))["result"]
        return [entry["message"] for entry in history if "from" not in entry["message"]]

    async def until_said(self, text: str, seconds: float = 60.0) -> None:
        ends = time.monotonic() + seconds
        while text not in (shown := [message["text"] for message in await self.shown()]):
            assert time.monotonic() < ends, f"not within {seconds} s: {text!r}; shown is {shown}"
            await asyncio.sleep(0.1)

    async def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{self.url}/{path}", json=body) as answer,
        ):
            answer.raise_for_status()
            result: dict[str, Any] = await answer.json()
            return result


class EmulatedProcess(BotProcess):
    """A bot whose botcore.toml names the emulator."""

    @property
    def has_arrived(self) -> bool:
        return self.is_running and "It serves telegram" in self.output

    def adapter_tables(self) -> dict[str, dict[str, Any]]:
        return {"adapters.telegram": {"base_url": f"http://127.0.0.1:{self.platform.port}"}}


@pytest.fixture
async def emulator() -> AsyncIterator[Emulator]:
    node = shutil.which("node")
    if node is None or not (MODULES / "telegram-test-api").is_dir():
        pytest.skip("needs node and the emulator: make telegram-emulator")
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        port = server.getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        node,
        str(Path(__file__).with_name("emulator.js")),
        str(MODULES),
        str(port),
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout
        assert await process.stdout.readline() == b"ready\n"
        yield Emulator(port)
    finally:
        process.kill()
        await process.wait()


@pytest.fixture
async def bot(tmp_path: Path, emulator: Emulator) -> AsyncIterator[BotProcess]:
    bot = EmulatedProcess(tmp_path / "bot", emulator)
    bot.environment["BOTCORE_TELEGRAM__TOKEN"] = TOKEN
    await let_everybody_in(bot, TOKEN.partition(":")[0])
    async with bot:
        yield bot


async def test_it_answers_there_too(emulator: Emulator, bot: BotProcess) -> None:
    """The emulator knows neither commands nor typing signs; that is no reason to be silent."""
    await emulator.write("hello")
    await emulator.until_said("re: hello")
    await emulator.write("**bold** `code` 👍 _italic_")
    await emulator.until_said("re: bold code 👍 italic")

    *_, styled = await emulator.shown()
    kinds = [(entity["type"], entity["offset"], entity["length"]) for entity in styled["entities"]]
    assert kinds == [("bold", 4, 4), ("code", 9, 4), ("italic", 17, 6)]
    assert [message["chat_id"] for message in await emulator.shown()] == [str(CHAT)] * 2
