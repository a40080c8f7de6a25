"""The owner's end of the control socket."""

from __future__ import annotations

import asyncio
import os
import shlex
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from weakref import WeakSet

import structlog
from aiohttp import WSCloseCode, web

from botcore.adapter import Adapter, TellsTrouble
from botcore.bot import Bot
from botcore.control.engine_routes import EngineRoutes
from botcore.control.office import Office
from botcore.control.operations import OPERATIONS
from botcore.control.peer import LARGEST_MESSAGE, Peer
from botcore.control.socket import place_for_socket
from botcore.control.visiting import visiting
from botcore.control.wire import (
    OTHER_VERSION,
    AdapterReport,
    Greeting,
    Json,
    Offered,
    StatusReport,
    Visitor,
    dump,
    dump_error,
    load,
    load_event,
)
from botcore.engine import Engine
from botcore.errors import OwnerError
from botcore.fronts import Front

log = structlog.get_logger(__name__)

END_SECONDS = 2.0  # for those who are connected, when the owner leaves
MODE = 0o600


class ControlServer:
    """What other processes of this machine can ask of the owner."""

    def __init__(self, folder: Path, engine: Engine, office: Office, *, lasts: bool) -> None:
        self._folder = folder
        self._engine = engine
        self._office = office
        self._lasts = lasts
        self._since = datetime.now(UTC)
        self._sockets: WeakSet[web.WebSocketResponse] = WeakSet()
        self.loan = EngineRoutes(engine)

    def build_app(self) -> web.Application:
        app = web.Application(middlewares=[_telling_errors], client_max_size=LARGEST_MESSAGE)
        app.add_routes(
            [
                web.get("/", self._greet),
                web.get("/status", self._status),
                web.get("/commands", self._commands),
                web.get("/attach", self._attach),
                web.post("/operate/{name}", self._operate),
                *self.loan.routes,
            ]
        )
        app.on_shutdown.append(self._hang_up)
        return app

    async def _greet(self, request: web.Request) -> web.Response:
        return web.json_response(dump(Greeting(os.getpid(), self._lasts)))

    async def _status(self, request: web.Request) -> web.Response:
        report = StatusReport(
            pid=os.getpid(),
            command=shlex.join(["botcore", *sys.argv[1:]]),
            since=self._since.isoformat(),
            data_folder=str(self._folder),
            engine=await self._engine.status(),
        )
        if premises := self._office.opened:
            counts = await premises.operator.counts()
            fronts = premises.bot.fronts if premises.bot else ()
            report = replace(
                report,
                adapters=[_report(front) for front in fronts],
                inbox=counts.inbox,
                outbox=counts.outbox,
                resting=premises.bot.quarantine.resting if premises.bot else [],
            )
        return web.json_response(dump(report))

    async def _commands(self, request: web.Request) -> web.Response:
        bot = await self._bot()
        offered = [Offered(command.name, command.description) for command in bot.commands]
        return web.json_response(dump(offered, list[Offered]))

    async def _operate(self, request: web.Request) -> web.Response:
        operation = OPERATIONS.get(request.match_info["name"])
        if operation is None:
            raise OwnerError(OTHER_VERSION)
        return web.json_response(await operation(await self._office.open(), **await request.json()))

    async def _bot(self) -> Bot:
        bot = (await self._office.open()).bot
        assert bot, "an owner that listens has a bot"
        return bot

    async def _attach(self, request: web.Request) -> web.WebSocketResponse:
        """Let another process's adapter take part until it leaves."""
        socket = web.WebSocketResponse(max_msg_size=LARGEST_MESSAGE, timeout=END_SECONDS)
        await socket.prepare(request)
        self._sockets.add(socket)
        visitor = load(await socket.receive_json(), Visitor)
        bot = await self._bot()

        async def receive(parameters: Json) -> str:
            return await bot.receive(load_event(parameters["event"]))

        adapter = visiting(visitor, Peer(socket, {"receive": receive}))
        serving = asyncio.create_task(adapter.run(bot.receive))
        try:
            async with bot.attached(adapter, visitor.pid) as front:
                # This is sent before it is waited for, so nothing of the bot's can come before it.
                await socket.send_json({"attached": True, "chat": front.chat})
                await bot.catch_up(front)
                await serving
        finally:
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)
        return socket

    async def _hang_up(self, app: web.Application) -> None:
        leaving = [socket.close(code=WSCloseCode.GOING_AWAY) for socket in list(self._sockets)]
        await asyncio.gather(*leaving, return_exceptions=True)


@asynccontextmanager
async def serving_control(
    folder: Path, engine: Engine, office: Office, *, lasts: bool
) -> AsyncIterator[ControlServer]:
    """Listen on the data folder's control socket. Only its owner may."""
    server = ControlServer(folder, engine, office, lasts=lasts)
    # A client that hangs up ends what it asked for.
    runner = web.AppRunner(
        server.build_app(), handler_cancellation=True, access_log=None, shutdown_timeout=END_SECONDS
    )
    await runner.setup()
    try:
        with place_for_socket(folder) as path:
            await web.UnixSite(runner, str(path)).start()
            path.chmod(MODE)
            yield server
    finally:
        await runner.cleanup()


@web.middleware
async def _telling_errors(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    try:
        return await handler(request)
    except (web.HTTPException, ConnectionError):
        raise
    except Exception as error:
        told = dump_error(error)
        if told["error"] == "UserError":
            log.error("control_request_failed", path=request.path, exc_info=error)
        return web.json_response(told, status=500)


def trouble_of(adapter: Adapter) -> str:
    """Return what is wrong with an adapter that runs."""
    return adapter.trouble if isinstance(adapter, TellsTrouble) else ""


def _report(front: Front) -> AdapterReport:
    return AdapterReport(
        name=front.adapter.name,
        state=front.state,
        since=front.since.isoformat(),
        failures=front.failures,
        detail=front.detail or trouble_of(front.adapter),
        chat=front.chat,
        pid=front.pid,
    )
