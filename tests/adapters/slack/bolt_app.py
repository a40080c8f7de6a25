"""An app of slack-bolt's own, as the judge of what the loopback Slack sends to an address."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from tests.fakes.slack import App, Slack, Team


def bolt_app(slack: Slack, app: App, team: Team, *, patient: bool = False) -> AsyncApp:
    """Return an app with nothing in it. `patient`: it acknowledges when its listener has run."""
    client = AsyncWebClient(app.bot_token(team), base_url=slack.base_url)
    return AsyncApp(
        client=client, signing_secret=app.deliveries.signing_secret, process_before_response=patient
    )


@asynccontextmanager
async def serving(bolt: AsyncApp) -> AsyncIterator[str]:
    """Serve an app and give its address."""

    async def take(request: web.Request) -> web.Response:
        answer = await bolt.async_dispatch(await to_bolt_request(request))
        return await to_aiohttp_response(answer)

    server = web.Application()
    server.router.add_post("/slack/events", take)
    runner = web.AppRunner(server, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    finally:
        await runner.cleanup()
