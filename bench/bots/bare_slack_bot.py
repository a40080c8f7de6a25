"""slack-bolt says again what it is told, without a database: `bare_slack_bot.py BASE_URL CONCURRENCY`."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from typing import Any

import aiohttp
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient


async def echo(event: dict[str, Any], client: AsyncWebClient) -> None:
    await client.chat_postMessage(channel=event["channel"], text=event["text"])


async def main() -> None:
    base_url, concurrency = sys.argv[1], int(sys.argv[2])
    logging.disable()
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=concurrency)) as session:
        client = AsyncWebClient(os.environ["BOT_TOKEN"], base_url=base_url, session=session)
        app = AsyncApp(client=client)
        app.event("message")(echo)
        handler = AsyncSocketModeHandler(app, os.environ["APP_TOKEN"], web_client=client)
        await handler.start_async()  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    asyncio.run(main())
