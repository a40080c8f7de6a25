"""Listens for Slack's calls, and for the browsers of those who install the app."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self

import structlog
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.signature import SignatureVerifier

from botcore import UserError

log = structlog.get_logger(__name__)

Answering = Callable[[AsyncBoltRequest], Awaitable[BoltResponse]]

EVENTS_PATH = "/slack/events"  # events, commands and interactions alike
INSTALL_PATH, REDIRECT_PATH = "/slack/install", "/slack/oauth_redirect"
LARGEST_CALL = 2**22  # bytes
SHUTDOWN_SECONDS = 5.0  # for calls that are being answered
TIMESTAMP, SIGNATURE = "X-Slack-Request-Timestamp", "X-Slack-Signature"


class HttpServer:
    """Serves paths while it is entered. Nothing listens when it has none."""

    def __init__(self, address: tuple[str, int]) -> None:
        self._address = address
        self._app = web.Application(client_max_size=LARGEST_CALL)
        self._runner: web.AppRunner | None = None

    def serve_events(self, signing_secret: str, dispatch: Answering) -> None:
        """Take in what Slack calls with, if it has signed it."""
        genuine = Genuine(signing_secret)

        async def answer(request: web.Request) -> web.Response:
            raw = await request.read()
            if not genuine(request, raw):
                log.warning("call_refused", signed=SIGNATURE in request.headers)
                return web.json_response({"error": "invalid request"}, status=401)
            return await _answered(request, raw, dispatch)

        self._app.router.add_post(EVENTS_PATH, answer)

    def serve_pages(self, install: Answering, redirect: Answering) -> None:
        """Show the pages by which a workspace installs the app."""

        async def page(request: web.Request) -> web.Response:
            return await _answered(request, b"", install if request.path == INSTALL_PATH else redirect)

        self._app.router.add_get(INSTALL_PATH, page)
        self._app.router.add_get(REDIRECT_PATH, page)

    async def __aenter__(self) -> Self:
        if not list(self._app.router.routes()):
            return self
        runner = web.AppRunner(self._app, access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)
        await runner.setup()
        try:
            await web.TCPSite(runner, *self._address).start()
        except OSError as error:
            await runner.cleanup()
            host, port = self._address
            raise UserError(f"Nothing can listen on {host}:{port} (listen): {error.strerror}.") from None
        self._runner = runner
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._runner:
            await self._runner.cleanup()


class Genuine:
    """Tells Slack's calls from forged and from old ones, before anything of them is read."""

    def __init__(self, signing_secret: str) -> None:
        self._verifier = SignatureVerifier(signing_secret)

    def __call__(self, request: web.Request, raw: bytes) -> bool:
        timestamp, signature = request.headers.get(TIMESTAMP, ""), request.headers.get(SIGNATURE, "")
        # What slack_sdk can't compare (in constant time) is not from Slack.
        if not (timestamp.isascii() and timestamp.isdigit() and signature.isascii()):
            return False
        try:
            return self._verifier.is_valid(raw, timestamp, signature)
        except ValueError:  # bytes that are no text, or digits without end
            return False


async def _answered(request: web.Request, raw: bytes, answer: Answering) -> web.Response:
    try:
        asked = AsyncBoltRequest(
            body=raw.decode(),
            query=request.query_string,
            headers={name: request.headers.getall(name) for name in request.headers},
        )
    except (ValueError, AttributeError) as error:  # no JSON, or JSON that is no object
        log.error("call_not_understood", error=type(error).__name__)
        return web.Response(status=400)
    return await to_aiohttp_response(await answer(asked))
