"""One websocket of Socket Mode: an envelope is acknowledged where it came from, once it is committed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import structlog
from slack_bolt.adapter.socket_mode.internals import build_headers
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

log = structlog.get_logger(__name__)

Dispatch = Callable[[AsyncBoltRequest], Awaitable[BoltResponse]]

LEAVE_SECONDS = 30.0  # after its farewell, within which Slack closes a socket
DRAIN_SECONDS = 3.0  # for what is being committed when the bot ends


class Socket:
    """Reads until it is closed, and knows when another should take its place."""

    def __init__(
        self,
        websocket: aiohttp.ClientWebSocketResponse,
        dispatch: Dispatch,
        greeted: Callable[[int], None],
    ) -> None:
        """`greeted` is told how many sockets the app has open, as Slack counts."""
        self._websocket = websocket
        self._dispatch = dispatch
        self._greeted = greeted
        self._answering: set[asyncio.Task[None]] = set()
        self.leaving = asyncio.Event()  # Slack will close it soon, or it is closed
        self.why = ""  # Slack's word for that
        self.was_useful = False  # it has brought something

    async def serve(self) -> None:
        """Take in what comes until it is closed. What came is committed then, or being committed."""
        try:
            async for message in self._websocket:
                if message.type is aiohttp.WSMsgType.TEXT:
                    self._take(message.data)
        finally:
            self.leaving.set()
            await self._close()

    async def settle(self) -> None:
        """Wait a while for what is being committed."""
        if self._answering:
            await asyncio.wait(self._answering, timeout=DRAIN_SECONDS)

    def _take(self, text: str) -> None:
        try:
            told: dict[str, Any] = json.loads(text)
        except ValueError:
            log.error("envelope_not_understood", why="it is no JSON")
            return
        self.was_useful = True
        if told.get("type") == "hello":
            self._greeted(int(told.get("num_connections") or 0))
        elif told.get("type") == "disconnect":
            self._begin_to_leave(str(told.get("reason", "")))
        elif (request := SocketModeRequest.from_dict(told)) is not None:
            task = asyncio.create_task(self._answer(request))
            self._answering.add(task)
            task.add_done_callback(self._answering.discard)

    def _begin_to_leave(self, why: str) -> None:
        """Let another take this one's place, and go on reading meanwhile."""
        if not self.leaving.is_set():
            log.info("socket_leaves", why=why)
            self.why = why
            self.leaving.set()
            asyncio.get_running_loop().call_later(LEAVE_SECONDS, self._end_soon)

    def _end_soon(self) -> None:
        if not self._websocket.closed:
            task = asyncio.create_task(self._close())
            self._answering.add(task)
            task.add_done_callback(self._answering.discard)

    async def _answer(self, request: SocketModeRequest) -> None:
        try:
            response = await self._dispatch(
                AsyncBoltRequest(mode="socket_mode", body=request.payload, headers=build_headers(request))
            )
        except Exception as error:  # what can't even be read will not be read the next time
            log.error("envelope_not_understood", error=type(error).__name__)
            return
        if response.status != 200:
            return  # it was not committed, so it has to come again
        payload = json.loads(response.body) if response.body else None
        try:
            await self._websocket.send_json(SocketModeResponse(request.envelope_id, payload).to_dict())
        except (aiohttp.ClientError, OSError):
            log.info("envelope_not_acknowledged", why="the socket is closed")  # it comes again, and is known

    async def _close(self) -> None:
        try:
            await self._websocket.close()
        except (aiohttp.ClientError, OSError):
            log.debug("socket_not_closed_cleanly")
