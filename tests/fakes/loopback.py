"""An HTTP server on loopback that stands for a platform."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence

from aiohttp import web

LARGEST_REQUEST = 64 * 2**20


class Loopback:
    """Listens at a port, the same for as long as it lives."""

    port: int
    _runner: web.AppRunner

    async def listen(self, *routes: web.RouteDef) -> None:
        """Answer requests to these routes from now on."""
        app = web.Application(client_max_size=LARGEST_REQUEST)
        app.add_routes(routes)
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        assert site._server
        self.port = site._server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]

    async def stop(self) -> None:
        """Answer nothing more."""
        await self._runner.cleanup()

    async def until(self, condition: Callable[[], bool], what: str, seconds: float = 60.0) -> None:
        """Wait for something to be true; fail, saying `what` did not happen, when it takes too long."""
        ends = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < ends, f"not within {seconds} s: {what}"
            await asyncio.sleep(0.005)

    async def until_among(self, said: Callable[[], Sequence[str]], text: str, seconds: float) -> None:
        """Wait until something is said; fail, showing what is, when it takes too long."""
        ends = time.monotonic() + seconds
        while text not in (shown := said()):
            assert time.monotonic() < ends, f"not within {seconds} s: {text!r}; shown is {shown}"
            await asyncio.sleep(0.005)


def cut(request: web.Request) -> web.StreamResponse:
    """Break the connection, as a network does: no answer, no farewell."""
    if request.transport:
        request.transport.abort()
    return web.Response()
