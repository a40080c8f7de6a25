"""The owner's engine, lent to other processes."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace

from aiohttp import web

from botcore.control.wire import Json, dump, dump_error, load_request
from botcore.engine import ChangesModel, Engine, ModelMessage, Options
from botcore.errors import EngineError

STILL_USED = (
    "Another botcore command uses the model that was loaded here; this one ends after it. "
    "Ctrl-C ends it now.\n"
)


class EngineRoutes:
    """Answers requests for the engine; a client that hangs up stops what it asked for."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._borrowers = 0
        self._change: asyncio.Task[None] | None = None  # to another model
        self._unused = asyncio.Event()
        self._unused.set()

    @property
    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/engine/stream", self._stream),
            web.post("/engine/count", self._count),
            web.get("/engine/limits", self._limits),
            web.get("/engine/status", self._status),
            web.get("/engine/ready", self._ready),
            web.get("/engine/borrow", self._borrow),
            web.post("/engine/model", self._use),
        ]

    async def wait_until_unused(self) -> None:
        """Wait until no other process has this engine, and say so at a terminal."""
        if self.is_used and sys.stderr.isatty():
            sys.stderr.write(STILL_USED)
        await self._unused.wait()

    @property
    def is_used(self) -> bool:
        """Whether another process has this engine."""
        return not self._unused.is_set()

    async def _borrow(self, request: web.Request) -> web.WebSocketResponse:
        """Know that somebody has the engine, until they hang up."""
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self._borrowers += 1
        self._unused.clear()
        try:
            async for _ in socket:
                pass
        finally:
            self._borrowers -= 1
            if not self._borrowers:
                self._unused.set()
        return socket

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        messages, options = load_request(await request.json())
        lines: asyncio.Queue[Json] = asyncio.Queue()
        options = replace(options, on_place=lambda place: lines.put_nowait({"place": place}))
        response = web.StreamResponse()
        await response.prepare(request)
        answering = asyncio.create_task(self._answer(messages, options, lines))
        try:
            while True:
                line = await lines.get()
                await response.write(json.dumps(line).encode() + b"\n")
                if "error" in line or "end" in line:
                    return response
        finally:
            answering.cancel()
            await asyncio.gather(answering, return_exceptions=True)

    async def _answer(
        self, messages: Sequence[ModelMessage], options: Options, lines: asyncio.Queue[Json]
    ) -> None:
        try:
            async with aclosing(self._engine.stream(messages, options)) as pieces:
                async for piece in pieces:
                    lines.put_nowait({"piece": piece})
        except Exception as error:
            lines.put_nowait(dump_error(error))
        else:
            lines.put_nowait({"end": True})

    async def _count(self, request: web.Request) -> web.Response:
        messages, _ = load_request(await request.json())
        return web.json_response({"count": await self._engine.count(messages)})

    async def _limits(self, request: web.Request) -> web.Response:
        return web.json_response(dump(await self._engine.limits()))

    async def _status(self, request: web.Request) -> web.Response:
        return web.json_response(dump(await self._engine.status()))

    async def _ready(self, request: web.Request) -> web.Response:
        await self._engine.ready()
        return web.json_response({})

    async def _use(self, request: web.Request) -> web.Response:
        model = str((await request.json())["model"])
        if not isinstance(self._engine, ChangesModel):
            raise EngineError("The engine of the bot that runs takes another model only when it is started.")
        # Whoever asked may leave; half a change would leave no model.
        self._change = asyncio.create_task(self._engine.use(model))
        await asyncio.shield(self._change)
        return web.json_response({})
