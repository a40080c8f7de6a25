"""Socket Mode: the sockets an app has opened, each event on one of them."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

Json = dict[str, Any]
MOST_SOCKETS = 10


class Cut(Exception):
    """The socket ended before the acknowledgement came."""


@dataclass(slots=True, eq=False, repr=False)
class Socket:
    """One open socket."""

    ws: web.WebSocketResponse
    frozen: bool = False  # half open: nothing gets through any more, and nothing breaks
    is_leaving: bool = False  # told to go: gets nothing new while there is another
    sent: list[Json] = field(default_factory=list)
    _acks: dict[str, asyncio.Future[Any]] = field(default_factory=dict)
    _transport: asyncio.BaseTransport | None = None

    async def send(self, envelope: Json, seconds: float) -> Any:
        """Send an envelope and return what came with its acknowledgement."""
        acked: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._acks[envelope["envelope_id"]] = acked
        self.sent.append(envelope)
        try:
            await self._write(envelope)
            async with asyncio.timeout(seconds):
                return await acked
        finally:
            self._acks.pop(envelope["envelope_id"], None)

    async def tell(self, message: Json) -> None:
        """Send what wants no acknowledgement."""
        await self._write(message)

    async def _write(self, message: Json) -> None:
        if self.frozen:
            return
        try:
            await self.ws.send_str(json.dumps(message))
        except (ConnectionError, RuntimeError):
            raise Cut from None

    async def listen(self) -> None:
        """Hear acknowledgements and pings until the socket ends."""
        try:
            async for message in self.ws:
                if self.frozen:
                    continue
                if message.type is WSMsgType.PING:
                    await self.ws.pong(message.data)
                elif message.type is WSMsgType.TEXT:
                    self._hear(json.loads(message.data))
        finally:
            for acked in self._acks.values():
                if not acked.done():
                    acked.set_exception(Cut())

    def _hear(self, message: Json) -> None:
        acked = self._acks.get(message.get("envelope_id", ""))
        if acked and not acked.done():
            acked.set_result(message.get("payload"))

    def abort(self) -> None:
        """Break the connection, as a network does."""
        if self._transport:
            self._transport.abort()  # type: ignore[attr-defined]

    def freeze(self) -> None:
        """Let nothing through any more, without breaking anything."""
        self.frozen = True


@dataclass(slots=True, eq=False, repr=False)
class Sockets:
    """The open sockets of an app, used in turn."""

    app_id: str
    open: list[Socket] = field(default_factory=list)
    opened: int = 0  # ever
    seconds: int = 3600  # that Slack says a socket lives
    _turn: int = 0
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """Take a new socket until it ends."""
        ws = web.WebSocketResponse(autoping=False)
        await ws.prepare(request)
        socket = Socket(ws, _transport=request.transport)
        if len(self.open) >= MOST_SOCKETS:
            await socket.tell({"type": "disconnect", "reason": "too_many_websockets"})
            await ws.close()
            return ws
        self.open.append(socket)
        self.opened += 1
        await socket.tell(self._hello())
        self._news.set()
        try:
            await socket.listen()
        finally:
            self.open.remove(socket)
        return ws

    async def next(self) -> Socket:
        """Return the socket whose turn it is; wait for one when there is none."""
        while not self.open:
            self._news.clear()
            await self._news.wait()
        staying = [socket for socket in self.open if not socket.is_leaving] or self.open
        self._turn += 1
        return staying[self._turn % len(staying)]

    async def refresh(self, *, warning_seconds: float = 0.0, closing_seconds: float = 0.2) -> None:
        """Renew every socket: warn, ask to come anew, and close what is still there."""
        old = list(self.open)
        await self._disconnect(old, "warning")
        await asyncio.sleep(warning_seconds)
        for socket in old:
            socket.is_leaving = True
        await self._disconnect(old, "refresh_requested")
        await asyncio.sleep(closing_seconds)
        for socket in old:
            await socket.ws.close()

    async def _disconnect(self, sockets: list[Socket], reason: str) -> None:
        for socket in sockets:
            if socket in self.open:
                await socket.tell({"type": "disconnect", "reason": reason, "debug_info": _DEBUG})

    async def end(self) -> None:
        for socket in list(self.open):
            socket.abort()

    def _hello(self) -> Json:
        started = time.strftime("%Y-%m-%d %H:%M:%S.000")
        return {
            "type": "hello",
            "num_connections": len(self.open),
            "connection_info": {"app_id": self.app_id},
            "debug_info": {
                **_DEBUG,
                "started": started,
                "build_number": 1,
                "approximate_connection_time": self.seconds,
            },
        }


_DEBUG = {"host": "applink-loopback"}
