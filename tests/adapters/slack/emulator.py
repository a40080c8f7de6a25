"""A Slack that others wrote, and somebody who writes there."""

from __future__ import annotations

import asyncio
import json
import shutil
import socket
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.fakes.bot_process import ROOT, BotProcess
from tests.fakes.slack.http_delivery import Posted, post_signed
from tests.fakes.slack_process import listens

MODULES = ROOT / ".emulator" / "node_modules"
SIGNING_SECRET = "an-emulated-signing-secret"
BOT_TOKEN, PERSONS_TOKEN = "xoxb-emulated-token", "xoxp-of-ana"
APP = "A4711"
SEED = {
    "tokens": {BOT_TOKEN: {"login": "helper"}, PERSONS_TOKEN: {"login": "ana"}},
    "slack": {
        "signing_secret": SIGNING_SECRET,
        "users": [{"name": "ana", "real_name": "Ana"}],
        "oauth_apps": [
            {
                "client_id": "1.2",
                "client_secret": "s",
                "app_id": APP,
                "name": "helper",
                "redirect_uris": [],
                "scopes": ["chat:write"],
            }
        ],
    },
}
Json = dict[str, Any]


class Emulator:
    """emulate's Slack. Ana writes there by its Web API, with a token of her own."""

    def __init__(self, port: int, listen: str) -> None:
        self.port = port
        self.listen = listen
        self.events_url = f"http://{listen}/slack/events"
        self.bot_pid: int | None = None
        self.team = self.bot = self.ana = self.channel = ""

    async def meet(self) -> None:
        """Learn who is there, and bring the bot into a channel."""
        me = await self.call("auth.test")
        self.team, self.ana = me["team_id"], me["user_id"]
        people = (await self.call("users.list"))["members"]
        self.bot = next(one["id"] for one in people if one["is_bot"])
        self.channel = (await self.call("conversations.create", name="team"))["channel"]["id"]
        await self.call("conversations.invite", channel=self.channel, users=self.bot)

    async def call(self, method: str, **parameters: Any) -> Json:
        """Call the Web API as Ana."""
        url = f"http://127.0.0.1:{self.port}/api/{method}"
        headers = {"Authorization": f"Bearer {PERSONS_TOKEN}"}
        async with (
            aiohttp.ClientSession() as session,
            session.post(url, json=parameters, headers=headers) as answer,
        ):
            body: Json = await answer.json()
        assert body.get("ok"), body
        return body

    async def write(self, text: str, *, thread: str = "") -> str:
        """Write into the channel, and call the bot there; return the message's ts."""
        said = f"<@{self.bot}> {text}"
        thread_ts = {"thread_ts": thread} if thread else {}
        return str((await self.call("chat.postMessage", channel=self.channel, text=said, **thread_ts))["ts"])

    async def thread(self, ts: str) -> list[Json]:
        """Return what the bot has said in a thread."""
        replies = await self.call("conversations.replies", channel=self.channel, ts=ts)
        return [message for message in replies["messages"] if message["user"] == self.bot]

    async def until_thread(
        self, ts: str, condition: Callable[[list[Json]], bool], what: str, seconds: float = 60.0
    ) -> list[Json]:
        """Wait until what the bot has said in a thread is as it should be."""
        ends = time.monotonic() + seconds
        while not condition(said := await self.thread(ts)):
            assert time.monotonic() < ends, f"not within {seconds} s: {what}; said is {said}"
            await asyncio.sleep(0.05)
        return said

    async def press(self, message: Json, button: Json) -> Posted:
        """Press a button. The emulator can't have anybody do so, so this is sent as Slack would."""
        payload = {
            "type": "block_actions",
            "api_app_id": APP,
            "team": {"id": self.team, "domain": "emulate"},
            "user": {"id": self.ana, "username": "ana", "name": "ana", "team_id": self.team},
            "container": {"type": "message", "message_ts": message["ts"], "channel_id": self.channel},
            "channel": {"id": self.channel, "name": "team"},
            "message": message,
            "trigger_id": "1.2.x",
            "actions": [{**button, "block_id": "b", "action_ts": "1.000001"}],
        }
        return await self.send(payload, SIGNING_SECRET)

    async def send(self, payload: Json, secret: str, *, age: int = 0) -> Posted:
        """Call the bot as Slack does."""
        kind = "interactive" if payload["type"] == "block_actions" else "events_api"
        return await post_signed(self.events_url, kind, payload, secret, int(time.time()) - age)

    async def until(self, condition: Callable[[], bool], what: str, seconds: float = 60.0) -> None:
        ends = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < ends, f"not within {seconds} s: {what}"
            await asyncio.sleep(0.02)


class EmulatedProcess(BotProcess):
    """A bot whose botcore.toml names the emulator."""

    def __init__(self, folder: Path, emulator: Emulator) -> None:
        environment: Mapping[str, str] = {
            "BOTCORE_SLACK__TOKEN": BOT_TOKEN,
            "BOTCORE_SLACK__SIGNING_SECRET": SIGNING_SECRET,
        }
        super().__init__(folder, emulator, environment=environment)
        self.emulator = emulator

    @property
    def has_arrived(self) -> bool:
        return self.is_running and listens(self.emulator.listen)  # the emulator tells of nothing twice

    def adapter_tables(self) -> dict[str, Json]:
        url = f"http://127.0.0.1:{self.emulator.port}/api"
        return {"adapters.slack": {"base_url": url, "listen": self.emulator.listen}}


@asynccontextmanager
async def running_emulator() -> AsyncIterator[Emulator]:
    """Start the emulator; skip the test where it is not installed."""
    node = shutil.which("node")
    if node is None or not (MODULES / "emulate").is_dir():
        pytest.skip("needs node and the emulator: make slack-emulator")
    emulator = Emulator(_free_port(), f"127.0.0.1:{_free_port()}")
    process = await asyncio.create_subprocess_exec(
        node,
        str(Path(__file__).with_name("emulator.mjs")),
        str(MODULES),
        str(emulator.port),
        emulator.events_url,
        json.dumps(SEED),
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout
        assert await process.stdout.readline() == b"ready\n"
        await emulator.meet()
        yield emulator
    finally:
        process.kill()
        await process.wait()


def _free_port() -> int:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return int(server.getsockname()[1])
