"""How the loopback Slack brings events to an address, judged by slack-bolt."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from slack_bolt.async_app import AsyncAck, AsyncApp

from tests.adapters.slack.bolt_app import bolt_app, serving
from tests.fakes.clock import Clock
from tests.fakes.slack import App, Channel, Person, Slack, Team
from tests.fakes.slack.http_delivery import post_signed


@pytest.fixture
def clock() -> Any:
    """Bolt looks at the real one when it checks a signature."""
    return time.time


@pytest.fixture
def bolt(slack: Slack, app: App, team: Team) -> AsyncApp:
    app.deliveries.ack_seconds, app.deliveries.pauses = 0.3, (0.0, 0.05, 0.05)
    return bolt_app(slack, app, team, patient=True)


@pytest.fixture
async def url(bolt: AsyncApp, app: App) -> AsyncIterator[str]:
    async with serving(bolt) as url:
        app.events_url = url
        yield url


async def test_bolt_takes_what_is_signed(
    slack: Slack, app: App, bolt: AsyncApp, ana: Person, general: Channel, url: str
) -> None:
    heard: list[str] = []

    @bolt.event("message")
    async def hear(event: dict[str, Any]) -> None:
        heard.append(event["text"])

    ana.write("hello", general)
    await slack.until(lambda: not app.deliveries.pending, "an acknowledgement")

    assert heard == ["hello"]
    assert [status for _, status in app.deliveries.attempts] == [200]


async def test_bolt_refuses_what_is_forged_or_old(app: App, url: str, clock: Clock) -> None:
    secret, body = app.deliveries.signing_secret, {"type": "event_callback"}

    assert (await post_signed(url, "events_api", body, "another secret", int(clock()))).status == 401
    assert (await post_signed(url, "events_api", body, secret, int(clock()) - 301)).status == 401
    async with aiohttp.ClientSession() as session, session.post(url, json=body) as response:
        assert response.status == 401


async def test_an_address_is_verified(app: App, url: str, clock: Clock) -> None:
    asked = {"type": "url_verification", "token": "t", "challenge": "c4711"}
    posted = await post_signed(url, "events_api", asked, app.deliveries.signing_secret, int(clock()))

    assert (posted.status, posted.answer) == (200, {"challenge": "c4711"})


async def test_what_failed_or_took_too_long_comes_again_and_says_why(
    slack: Slack, app: App, ana: Person, general: Channel
) -> None:
    seen: list[tuple[str | None, str | None]] = []

    async def take(request: web.Request) -> web.Response:
        seen.append((request.headers.get("X-Slack-Retry-Num"), request.headers.get("X-Slack-Retry-Reason")))
        if len(seen) == 2:
            await asyncio.sleep(1)
        return web.Response(status=503 if len(seen) == 1 else 200)

    app.deliveries.ack_seconds, app.deliveries.pauses = 0.2, (0.0, 0.05, 0.05)
    server = web.Application()
    server.router.add_post("/", take)
    runner = web.AppRunner(server, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    app.events_url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    ana.write("hello", general)
    await slack.until(lambda: not app.deliveries.pending, "an acknowledgement")
    await runner.cleanup()

    assert seen == [(None, None), ("1", "http_error"), ("2", "http_timeout")]


async def test_an_original_may_be_lost(
    slack: Slack, app: App, bolt: AsyncApp, ana: Person, general: Channel, url: str
) -> None:
    numbers: list[str] = []

    @bolt.event("message")
    async def hear(request: Any) -> None:
        numbers.append(request.headers["x-slack-retry-num"][0])

    app.deliveries.lose_originals = True
    ana.write("hello", general)
    await slack.until(lambda: not app.deliveries.pending, "an acknowledgement")

    assert numbers == ["1"]


async def test_commands_and_shortcuts_come_there_too(
    slack: Slack, app: App, bolt: AsyncApp, ana: Person, general: Channel, url: str
) -> None:
    @bolt.command("/summarize")
    async def summarize(ack: AsyncAck, command: dict[str, str]) -> None:
        await ack(f"{command['user_name']}: {command['text']}")

    @bolt.shortcut("sum_up")
    async def sum_up(ack: AsyncAck, shortcut: dict[str, Any]) -> None:
        assert shortcut["message"]["text"] == "hello"
        await ack()

    await ana.command(app, "/summarize", "today", general).taken()
    await ana.shortcut(app, "sum_up", ana.write("hello", general)).taken()

    assert ana.sees(general)[0].shown == "ana: today"
