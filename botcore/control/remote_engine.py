"""The owner's engine, as another process of the machine uses it."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import Any

import aiohttp

from botcore.control.client import OwnerClient
from botcore.control.wire import dump_request, load, load_error
from botcore.engine import EngineStatus, Limits, ModelMessage, Options
from botcore.errors import EngineDown, OwnerGone

LEFT = "The botcore that had the model has ended. Please try again."


class RemoteEngine:
    """An `Engine` over the control socket."""

    def __init__(self, client: OwnerClient) -> None:
        self._client = client

    async def stream(
        self, messages: Sequence[ModelMessage], options: Options = Options()
    ) -> AsyncGenerator[str, None]:
        """Yield the answer piece by piece; closing the iterator hangs up, which stops the model."""
        body = dump_request(list(messages), options)
        try:
            async with self._client.session.post("/engine/stream", json=body) as response:
                if response.status != 200:
                    raise load_error(await response.json())
                async for text in response.content:
                    line = json.loads(text)
                    if "piece" in line:
                        yield line["piece"]
                    elif "place" in line:
                        if options.on_place:
                            options.on_place(line["place"])
                    elif "error" in line:
                        raise load_error(line)
                    else:
                        return
        except (aiohttp.ClientError, OSError) as error:
            raise EngineDown(LEFT) from error
        raise EngineDown(LEFT)

    async def complete(self, messages: Sequence[ModelMessage], options: Options = Options()) -> str:
        """Return the whole answer at once."""
        async with aclosing(self.stream(messages, options)) as pieces:
            return "".join([piece async for piece in pieces])

    async def count(self, messages: Sequence[ModelMessage]) -> int:
        """Return how many tokens of context these messages take, as the owner's engine counts."""
        body = dump_request(list(messages), Options())
        return int((await self._ask("POST", "/engine/count", body))["count"])

    async def limits(self) -> Limits:
        """Return what fits into the model."""
        return load(await self._ask("GET", "/engine/limits"), Limits)

    async def status(self) -> EngineStatus:
        """Return how the engine is."""
        return load(await self._ask("GET", "/engine/status"), EngineStatus)

    async def ready(self) -> None:
        """Wait until the model answers; raise what keeps it from ever doing so."""
        await self._ask("GET", "/engine/ready")

    async def _ask(self, method: str, path: str, body: Any = None) -> Any:
        try:
            return await (self._client.post(path, body) if method == "POST" else self._client.get(path))
        except OwnerGone as error:
            raise EngineDown(LEFT) from error


@asynccontextmanager
async def borrowed_engine(client: OwnerClient) -> AsyncIterator[RemoteEngine]:
    """Use the owner's engine. An owner that has nothing else to do waits until it is given back."""
    try:
        async with client.session.ws_connect("/engine/borrow"):
            yield RemoteEngine(client)
    except aiohttp.ClientConnectionError as error:
        raise EngineDown(LEFT) from error
