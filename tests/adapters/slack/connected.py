"""The adapter as the loopback Slack meets it, with a core that commits as a test wants."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp

from botcore import Accepted, AdapterSetup, Event, InboundEvent
from botcore_slack import SlackAdapter
from tests.fakes.slack import App, Person, Slack, Team

SIGNING = "signing_secret"


class Commits:
    """What was committed. It may fail, or take until it is let."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.tried = 0
        self.fails = False
        self.slow: dict[str, asyncio.Event] = {}  # by text: until when its commit takes
        self._keys: set[str] = set()

    async def __call__(self, event: Event) -> Accepted:
        self.tried += 1
        if isinstance(event, InboundEvent) and (until := self.slow.get(event.text)):
            await until.wait()
        if self.fails:
            raise OSError("the database is down")
        key = getattr(event, "dedupe_key", "")
        if key and key in self._keys:
            return Accepted.DUPLICATE
        self._keys.add(key)
        self.events.append(event)
        return Accepted.NEW

    @property
    def texts(self) -> list[str]:
        return [event.text for event in self.events if isinstance(event, InboundEvent)]


def socket_table(slack: Slack, app: App, team: Team, **more: Any) -> dict[str, Any]:
    """Return the table of an adapter that listens on a socket."""
    table = {"token": app.bot_token(team), "app_token": app.app_token, "base_url": slack.base_url}
    return table | {"sockets": 1} | more


def http_table(slack: Slack, app: App, team: Team, **more: Any) -> dict[str, Any]:
    """Return the table of an adapter that Slack calls."""
    table = {"token": app.bot_token(team), "base_url": slack.base_url, "listen": free_address()}
    return table | {SIGNING: app.signing_secret} | more


def free_address() -> str:
    """Return an address at which nobody listens just now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{free.getsockname()[1]}"


@asynccontextmanager
async def running(adapter: SlackAdapter, commits: Commits) -> AsyncIterator[asyncio.Task[None]]:
    """Let an adapter listen; give its task."""
    task = asyncio.create_task(adapter.run(commits))
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await adapter.close()


@asynccontextmanager
async def on_sockets(
    slack: Slack, app: App, team: Team, commits: Commits, **more: Any
) -> AsyncIterator[SlackAdapter]:
    """Let an adapter listen on sockets, and wait until they are open."""
    table = socket_table(slack, app, team, **more)
    adapter = SlackAdapter(AdapterSetup(table, Path()))
    async with running(adapter, commits):
        await slack.until(lambda: len(app.deliveries.sockets.open) == table["sockets"], "sockets are open")
        yield adapter


@asynccontextmanager
async def called(
    slack: Slack, app: App, team: Team, commits: Commits, **more: Any
) -> AsyncIterator[SlackAdapter]:
    """Let an adapter listen for Slack's calls, and Slack call it."""
    table = http_table(slack, app, team, **more)
    adapter = SlackAdapter(AdapterSetup(table, Path()))
    async with running(adapter, commits):
        await listening(table["listen"])
        app.events_url = f"http://{table['listen']}/slack/events"
        yield adapter


async def listening(address: str) -> None:
    """Wait until somebody listens at an address."""
    host, _, port = address.rpartition(":")
    async with asyncio.timeout(10):
        while True:
            try:
                _, writer = await asyncio.open_connection(host, int(port))
            except OSError:
                await asyncio.sleep(0.01)
            else:
                writer.close()
                await writer.wait_closed()
                return


async def install(person: Person, site: str, *, grid: bool = False, state: str = "") -> tuple[int, str]:
    """Install the app as somebody does in a browser; return what they see at the end.

    `state`: what to bring back instead of what was given.
    """
    async with aiohttp.ClientSession() as browser:
        async with browser.get(f"{site}/slack/install", allow_redirects=False) as answer:
            assert answer.status == 302
            query = parse_qs(urlsplit(answer.headers["Location"]).query)
            asked = {key: values[0] for key, values in query.items()}
            cookie = answer.headers["Set-Cookie"].partition(";")[0]
        back = person.allow(
            asked["client_id"], asked["scope"], state or asked["state"], asked["redirect_uri"], grid=grid
        )
        async with browser.get(back, headers={"Cookie": cookie}) as answer:
            return answer.status, await answer.text()
