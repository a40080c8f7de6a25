"""Whether the bot lives and is ready, and its figures, over HTTP. Nothing here changes anything."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from botcore.bot import Bot
from botcore.config import OperationSection
from botcore.engine import EngineState
from botcore.errors import ConfigError
from botcore.fronts import FrontState
from botcore.store.figures import Figures

log = structlog.get_logger(__name__)

PROBE_SECONDS = 5.0  # for the database to take a write; the engine answers at once by its contract
LAG_SECONDS = 0.5  # between two looks at how late the event loop is
LEAVING_SECONDS = 2.0  # for requests that are being answered when the bot stops


class Operation:
    """Answers the questions of an operator's programs about one bot."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    async def live(self, request: web.Request) -> web.Response:
        """Answer: that alone shows that the event loop turns."""
        return web.json_response({"live": True})

    async def ready(self, request: web.Request) -> web.Response:
        """Answer 200 when messages are answered, else 503 with what is not there."""
        if missing := await self.missing():
            return web.json_response({"ready": False, "missing": missing}, status=503)
        return web.json_response({"ready": True})

    async def metrics(self, request: web.Request) -> web.Response:
        """Answer with the figures as Prometheus reads them."""
        metrics = self._bot.telemetry.metrics
        engine = await self._bot.engine.status()
        metrics.show(await self._figures(), engine.state, self._adapters())
        text = generate_latest(metrics.registry)
        return web.Response(body=text, headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def missing(self) -> dict[str, str]:
        """Return what keeps the bot from answering, by what it is about; nothing when it is ready."""
        down = sorted(name for name, is_up in self._adapters().items() if not is_up)
        engine = (await self._bot.engine.status()).state
        missing = {
            "database": await self._database_problem(),
            "adapters": f"not running: {', '.join(down)}" if down else "",
            "model": "" if engine is EngineState.READY else engine.value,
        }
        return {name: problem for name, problem in missing.items() if problem}

    async def _database_problem(self) -> str:
        try:
            async with asyncio.timeout(PROBE_SECONDS):
                await self._bot.store.check_writable()
        except TimeoutError:
            return f"takes no writes within {PROBE_SECONDS:g} seconds"
        except Exception as error:
            return f"takes no writes: {type(error).__name__}"
        return ""

    async def _figures(self) -> Figures | None:
        """Return how full the queues are; None without a database, when the other figures matter most."""
        try:
            async with asyncio.timeout(PROBE_SECONDS):
                return await self._bot.store.figures()
        except Exception as error:
            log.error("database_failed", error=type(error).__name__)
            return None

    def _adapters(self) -> dict[str, bool]:
        """Return which of the bot's own adapters are up; those of other processes come and go."""
        return {
            front.adapter.name: front.state is FrontState.RUNNING
            for front in self._bot.fronts
            if front.pid is None
        }


@asynccontextmanager
async def serving(section: OperationSection, bot: Bot) -> AsyncIterator[None]:
    """Serve a bot's health and figures where the configuration says, if it does."""
    if section.address is None:
        yield
        return
    host, port = section.address
    runner = web.AppRunner(_app(Operation(bot), section.host_names), access_log=None)
    await runner.setup()
    lag = asyncio.create_task(_watch_lag(bot))
    try:
        try:
            await web.TCPSite(runner, host, port, shutdown_timeout=LEAVING_SECONDS).start()
        except OSError as error:
            why = error.strerror
            raise ConfigError(f"operation.listen {section.listen} can't be used: {why}.") from error
        log.info("operation_served", listen=section.listen)
        yield
    finally:
        lag.cancel()
        await runner.cleanup()


def _app(operation: Operation, host_names: tuple[str, ...]) -> web.Application:
    app = web.Application(middlewares=[_refuse_strangers(host_names)])
    app.router.add_get("/health/live", operation.live)
    app.router.add_get("/health/ready", operation.ready)
    app.router.add_get("/metrics", operation.metrics)
    return app


def _refuse_strangers(host_names: tuple[str, ...]) -> Middleware:
    """Return the middleware that keeps web pages out.

    A page may let its own name point to this machine, and its browser then takes the figures for the
    page's own. Such a request carries that name, so only addresses and known names are served.
    """
    known = {"localhost", *host_names}

    @web.middleware
    async def refuse(request: web.Request, handler: Handler) -> web.StreamResponse:
        host = urlsplit(f"//{request.host}").hostname or ""
        origin = request.headers.get("Origin")
        if host not in known and not _is_address(host):
            raise web.HTTPForbidden(text="This name is not in operation.host_names.\n")
        if origin is not None and urlsplit(origin).netloc != request.host:
            raise web.HTTPForbidden(text="Pages of other origins are not served.\n")
        return await handler(request)

    return refuse


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


async def _watch_lag(bot: Bot) -> None:
    """Note again and again how late the event loop comes to what is due."""
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + LAG_SECONDS
        await asyncio.sleep(LAG_SECONDS)
        bot.telemetry.metrics.loop_lag.observe(max(0.0, loop.time() - due))
