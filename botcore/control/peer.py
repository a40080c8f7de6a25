"""Two processes that call each other over one websocket."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from itertools import count
from typing import Any

from aiohttp import ClientWebSocketResponse, WSMsgType, web

from botcore.control.wire import Json, dump_error, load_error
from botcore.errors import AdapterGone, OutcomeUnknown

LARGEST_MESSAGE = 2**26  # bytes

Socket = web.WebSocketResponse | ClientWebSocketResponse
Handler = Callable[[Json], Awaitable[Any]]  # gets the parameters; what it returns is told as JSON


class Peer:
    """One end. Calls may be made at any time; `serve` answers those of the other end."""

    def __init__(self, socket: Socket, handlers: Mapping[str, Handler]) -> None:
        self._socket = socket
        self._handlers = handlers
        self._ids = count()
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._gone = False

    async def call(self, method: str, **parameters: Any) -> Any:
        """Have the other end do something and return what it returns, or raise what it raises.

        `AdapterGone`: it surely was not asked. `OutcomeUnknown`: it left before it answered.
        """
        if self._gone or self._socket.closed:
            raise AdapterGone
        number = next(self._ids)
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        try:
            await self._send({"call": method, "id": number, "parameters": parameters})
            return await answer
        finally:
            del self._waiting[number]

    async def serve(self) -> None:
        """Answer and be answered until the other end leaves."""
        try:
            async for message in self._socket:
                if message.type is WSMsgType.TEXT:
                    self._take(message.json())
        finally:
            self._gone = True
            for answer in self._waiting.values():
                if not answer.done():
                    answer.set_exception(OutcomeUnknown())
            for task in self._tasks:
                task.cancel()

    def _take(self, message: Json) -> None:
        if "call" in message:
            task = asyncio.create_task(self._answer(message))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        elif (answer := self._waiting.get(message["id"])) and not answer.done():
            if "error" in message:
                answer.set_exception(load_error(message["error"]))
            else:
                answer.set_result(message["result"])

    async def _answer(self, message: Json) -> None:
        answer: Json = {"id": message["id"]}
        try:
            answer["result"] = await self._handlers[message["call"]](message["parameters"])
        except Exception as error:
            answer["error"] = dump_error(error)
        try:
            await self._send(answer)
        except OutcomeUnknown:
            return  # who asked has left

    async def _send(self, message: Json) -> None:
        try:
            await self._socket.send_json(message)
        except ConnectionError as error:
            raise OutcomeUnknown from error
