"""Echo on loopback: the platform that the adapter is written for, with everything that may go wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from types import TracebackType
from typing import Any, Self

from aiohttp import web

TOKEN = "echo-secret-4711"
LONGEST = 2000
Json = dict[str, Any]
ROUTES = (("POST", "/messages"), ("PUT", "/messages/{id}"), ("DELETE", "/messages/{id}"))


@dataclass(frozen=True)
class Fault:
    """What happens to one call that sends something."""

    status: int = 0  # instead of an effect
    retry_after: float = 0.0
    cut_before: bool = False
    cut_after: bool = False
    hang: bool = False  # after the effect


@dataclass
class Shown:
    """A message of the bot's."""

    room: str
    text: str
    buttons: list[Json]


@dataclass
class Echo:
    """The server. It keeps an event until a request says that everything up to it was taken."""

    messages: dict[str, Shown] = field(default_factory=dict)
    members: set[str] = field(default_factory=lambda: {"ana", "bot"})
    waiting: list[Json] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    dead_polls: int = 0  # so many requests for events are never answered
    refuses: bool = False
    url: str = ""
    _numbers: count[int] = field(default_factory=lambda: count(1))
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_get("/events", self._events)
        app.router.add_get("/rooms/{room}/members", self._members)
        for method, path in ROUTES:
            app.router.add_route(method, path, self._send)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = "http://{}:{}".format(*self._runner.addresses[0][:2])
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._runner
        await self._runner.cleanup()

    def new_id(self) -> str:
        return f"m{next(self._numbers)}"

    def tell(self, kind: str, author: str = "ana", *, is_bot: bool = False, **more: Any) -> Json:
        """Put an event among those that wait to be taken."""
        event = {
            "number": next(self._numbers),
            "kind": kind,
            "room": "with-ana",
            "direct": True,
            "to_bot": True,
            "author": {"id": author, "name": author.title(), "is_bot": is_bot},
            "at": datetime.now(UTC).isoformat(),
            **more,
        }
        self.waiting.append(event)
        self._news.set()
        return event

    async def _events(self, request: web.Request) -> web.StreamResponse:
        _must_know_token(request)
        if self.dead_polls:
            self.dead_polls -= 1
            await asyncio.Event().wait()
        after = int(request.query["after"])
        self.waiting = [event for event in self.waiting if event["number"] > after]
        try:
            async with asyncio.timeout(float(request.query["seconds"])):
                while not self.waiting:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            pass
        return web.json_response({"events": self.waiting})

    async def _members(self, request: web.Request) -> web.StreamResponse:
        _must_know_token(request)
        return web.json_response({"members": sorted(self.members)})

    async def _send(self, request: web.Request) -> web.StreamResponse:
        _must_know_token(request)
        fault = self.faults.pop(0) if self.faults else Fault()
        if fault.status:
            return web.Response(status=fault.status, headers={"Retry-After": str(fault.retry_after)})
        if fault.cut_before:
            _cut(request)
        effects: dict[str, Callable[[web.Request], Awaitable[Json]]] = {
            "POST": self._create,
            "PUT": self._edit,
            "DELETE": self._delete,
        }
        answer = await effects[request.method](request)
        if fault.cut_after:
            _cut(request)
        if fault.hang:
            await asyncio.Event().wait()
        return web.json_response(answer)

    async def _create(self, request: web.Request) -> Json:
        if self.refuses:
            raise web.HTTPForbidden
        body = await _body(request)
        number = self.new_id()
        self.messages[number] = Shown(body["room"], body["text"], body["buttons"])
        return {"id": number}

    async def _edit(self, request: web.Request) -> Json:
        if (message := self.messages.get(request.match_info["id"])) is None:
            raise web.HTTPNotFound
        body = await _body(request)
        message.text, message.buttons = body["text"], body["buttons"]
        return {}

    async def _delete(self, request: web.Request) -> Json:
        if self.messages.pop(request.match_info["id"], None) is None:
            raise web.HTTPNotFound
        return {}


async def _body(request: web.Request) -> Json:
    body: Json = await request.json()
    if not 0 < len(body["text"]) <= LONGEST:
        raise web.HTTPBadRequest
    return body


def _must_know_token(request: web.Request) -> None:
    if request.headers.get("Authorization") != f"Bearer {TOKEN}":
        raise web.HTTPUnauthorized


def _cut(request: web.Request) -> None:
    assert request.transport
    request.transport.abort()
    raise ConnectionResetError
