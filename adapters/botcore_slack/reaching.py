"""Whether Slack and the bot can reach each other, asked without taking anything from a running bot."""

from __future__ import annotations

import asyncio
import json
import secrets
import ssl
import time
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.signature import SignatureVerifier

from botcore.checks import Finding, ok, problem, warning
from botcore_slack.connection import Clients
from botcore_slack.envelopes import PLATFORM as ABOUT
from botcore_slack.http_server import EVENTS_PATH, SIGNATURE, TIMESTAMP

SECONDS = 10.0


async def is_reached(address: str) -> Finding:
    """See whether a socket's server is reached. A socket itself would be given events of the bot's."""
    parts = urlsplit(address)
    encrypted = parts.scheme == "wss"
    host, port = parts.hostname or "", parts.port or (443 if encrypted else 80)
    try:
        async with asyncio.timeout(SECONDS):
            context = ssl.create_default_context() if encrypted else None
            _, writer = await asyncio.open_connection(host, port, ssl=context)
    except (OSError, TimeoutError) as error:
        return problem(
            ABOUT,
            f"{host}:{port}, where Slack opens sockets, can't be reached ({type(error).__name__})",
            "Let the firewall or proxy pass WebSocket connections to *.slack.com on port 443.",
        )
    writer.close()
    return ok(ABOUT, "opens sockets, and needs no address of its own")


async def is_called(clients: Clients, public_url: str, listen: str, signing_secret: str) -> Finding:
    """Call the bot as Slack would, with a question that changes nothing."""
    if not public_url:
        return warning(
            ABOUT,
            "where Slack calls the bot is not known here, so nobody can tell whether it gets through",
            "Set public_url under [adapters.slack] to the app's Request URL, without its path.",
        )
    challenge = secrets.token_hex(8)
    body = json.dumps({"type": "url_verification", "challenge": challenge})
    timestamp = str(int(time.time()))
    signature = SignatureVerifier(signing_secret).generate_signature(timestamp=timestamp, body=body)
    headers = {"Content-Type": "application/json", TIMESTAMP: timestamp, SIGNATURE: str(signature)}
    url = f"{public_url}{EVENTS_PATH}"
    try:
        async with asyncio.timeout(SECONDS), clients.session.post(url, data=body, headers=headers) as answer:
            text = await answer.text()
    except (aiohttp.ClientError, TimeoutError) as error:
        return warning(
            ABOUT,
            f"{url} gives no answer ({type(error).__name__})",
            f"The bot answers there when it runs, and when the proxy passes calls on to {listen}.",
        )
    if answer.status == 200 and challenge in text:
        return ok(ABOUT, f"is called at {url}")
    return problem(
        ABOUT,
        f"{url} answers {answer.status}, and not as the bot does",
        f"The proxy must pass calls on to {listen} unchanged, with all their headers.",
    )
