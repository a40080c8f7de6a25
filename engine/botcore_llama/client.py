"""Speaks to a model server over its unix socket."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import aiohttp

from botcore.engine import EngineState, ModelMessage, Options
from botcore.errors import EngineDown, EngineError
from botcore_llama.openai_api import api_messages, chat_body, error_from

# The address that requests name; the socket decides where they go.
BASE = "http://model"
PLACE = b": queue "  # a comment for those who know it: the place among those that wait


@dataclass(frozen=True, slots=True)
class Health:
    """What a server says about itself."""

    state: EngineState
    running: int
    waiting: int
    failure: EngineError | None  # why its model can't be loaded


class Client:
    """A connection to one server, which need not run yet."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket

    async def __aenter__(self) -> Self:
        # A connection for each request and as many as are asked for: the server keeps the queue, and
        # a connection kept from before its restart would fail.
        connector = aiohttp.UnixConnector(str(self._socket), limit=0, force_close=True)
        self._session = aiohttp.ClientSession(
            BASE, connector=connector, timeout=aiohttp.ClientTimeout(total=None)
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def stream(self, messages: Sequence[ModelMessage], options: Options) -> AsyncGenerator[str, None]:
        """Yield the answer's pieces; closing it hangs up, which stops the model."""
        with told_as_engine_errors():
            async with self._session.post(
                "/v1/chat/completions", json=chat_body(messages, options)
            ) as response:
                await check(response)
                place: int | None = None
                async for line in response.content:
                    told = read_place(line)
                    if options.on_place and told is not None and told != place:
                        options.on_place(place := told)
                    if line.startswith(b"data: {") and (piece := read_piece(json.loads(line[6:]))):
                        yield piece
                    elif line.startswith(b"data: [DONE]"):
                        return
        raise EngineDown

    async def count(self, messages: Sequence[ModelMessage]) -> int:
        with told_as_engine_errors():
            body = {"messages": api_messages(messages)}
            async with self._session.post("/tokenize", json=body) as response:
                await check(response)
                return int((await response.json())["count"])

    async def health(self, seconds: float) -> Health:
        """Ask how the server is; no answer within `seconds` is `EngineDown`."""
        with told_as_engine_errors():
            timeout = aiohttp.ClientTimeout(total=seconds)
            async with self._session.get("/health", timeout=timeout) as response:
                await check(response)
                told = await response.json()
        failure = error_from(told) if "error" in told else None
        return Health(EngineState(told["state"]), told["running"], told["waiting"], failure)


@contextmanager
def told_as_engine_errors() -> Iterator[None]:
    """Tell what goes wrong on the way as errors of the engine."""
    try:
        yield
    except (TimeoutError, aiohttp.ClientError, OSError) as error:
        raise EngineDown from error


async def check(response: aiohttp.ClientResponse) -> None:
    """Raise the error that the server answers with, if it does."""
    if response.status == 200:
        return
    if response.content_type != "application/json":
        raise EngineError
    raise error_from(await response.json())


def read_place(line: bytes) -> int | None:
    """Return the place in the queue that a line tells of; 0 with the first word of the answer."""
    if line.startswith(PLACE):
        return int(line.removeprefix(PLACE))
    return 0 if line.startswith(b"data: {") else None


def read_piece(data: Mapping[str, Any]) -> str:
    if "error" in data:
        raise error_from(data)
    return "".join(choice["delta"].get("content", "") for choice in data["choices"])
