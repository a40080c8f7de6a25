"""The way to the owner of a data folder, for the other processes of the machine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Self

import aiohttp

from botcore.control.socket import address
from botcore.control.wire import OTHER_VERSION, Greeting, Json, Offered, StatusReport, load, load_error
from botcore.errors import OwnerError, OwnerGone
from botcore.owner import in_use, own

BASE = "http://botcore"  # the address that requests name; the socket decides where they go
STARTING_SECONDS = 10.0  # for an owner that has the lock and does not listen yet, or not any more
ANSWER_SECONDS = 10.0  # for one that listens to say who it is


class OwnerClient:
    """A connection to the owner. `OwnerGone`: it does not answer any more."""

    greeting: Greeting  # known once it was reached

    def __init__(self, path: Path) -> None:
        self._path = path

    async def __aenter__(self) -> Self:
        # A connection for each request: the owner decides how much it does at once.
        connector = aiohttp.UnixConnector(str(self._path), limit=0, force_close=True)
        timeout = aiohttp.ClientTimeout(total=None)
        self.session = aiohttp.ClientSession(BASE, connector=connector, timeout=timeout)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.session.close()

    async def greet(self) -> Greeting:
        """Return who is there."""
        return load(await self.get("/"), Greeting)

    async def status(self) -> StatusReport:
        """Return who owns the folder, and how it is."""
        return load(await self.get("/status"), StatusReport)

    async def commands(self) -> list[Offered]:
        """Return what people can type."""
        return load(await self.get("/commands"), list[Offered])

    async def operate(self, name: str, **parameters: Any) -> Any:
        """Have the owner run an operation; see `botcore.control.operations`."""
        return await self.post(f"/operate/{name}", parameters)

    async def get(self, path: str) -> Any:
        return await self._ask("GET", path)

    async def post(self, path: str, body: Json) -> Any:
        return await self._ask("POST", path, json=body)

    async def _ask(self, method: str, path: str, **arguments: Any) -> Any:
        try:
            async with self.session.request(method, path, **arguments) as response:
                told = await response.json()
        except aiohttp.ContentTypeError as error:
            raise OwnerError(OTHER_VERSION) from error
        except (aiohttp.ClientError, OSError) as error:
            raise OwnerGone from error
        if response.status != 200:
            raise load_error(told)
        return told


@asynccontextmanager
async def reach(folder: Path) -> AsyncIterator[OwnerClient | None]:
    """Connect to the owner of a data folder; None when there is none. `OwnerError`: it does not answer."""
    path = address(folder)
    if not await _listens(path):
        yield None
        return
    async with OwnerClient(path) as client:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                client.greeting = await client.greet()
        except TimeoutError as error:
            raise OwnerError(f"{in_use(folder)} It does not answer.") from error
        except OwnerGone:
            greeted = False
        else:
            greeted = True
        yield client if greeted else None


async def owner_status(folder: Path) -> StatusReport | None:
    """Return who owns a data folder, or None when nobody does."""
    async with reach(folder) as owner:
        return await owner.status() if owner else None


@asynccontextmanager
async def reach_or_own(folder: Path) -> AsyncIterator[OwnerClient | None]:
    """Connect to the owner of a data folder; None when this process has become it.

    Raise `OwnerError` when the owner does not listen, and does not leave either.
    """
    loop = asyncio.get_running_loop()
    ends = loop.time() + STARTING_SECONDS
    with ExitStack() as owning:
        while True:
            async with reach(folder) as client:
                if client:
                    yield client
                    return
            try:
                owning.enter_context(own(folder))
                break
            except OwnerError as error:
                if loop.time() > ends:
                    raise in_use(folder, listens=False) from error
            await asyncio.sleep(0.1)
        yield None


async def _listens(path: Path) -> bool:
    try:
        _, writer = await asyncio.open_unix_connection(str(path))
    except OSError:  # no such file, or one that a killed owner left
        return False
    writer.close()
    return True
