"""Socket Mode: several sockets beside each other, each replaced before Slack closes it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import NoReturn

import aiohttp
import structlog

from botcore import DeliveryError, RetryLater
from botcore.errors import ConfigError
from botcore_slack.connection import Clients
from botcore_slack.errors import REVOKED, code_of, reason_of, translated
from botcore_slack.websocket import Dispatch, Socket

log = structlog.get_logger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0  # before another try to reach Slack
MANY_FAILURES = 3  # in a row, after which the operator is told; a single one is nothing
HEARTBEAT_SECONDS = 10.0  # between pings: half as long after one of them, a half-open socket is given up
LARGEST_ENVELOPE = 2**22  # bytes
FAILURES = (DeliveryError, aiohttp.ClientError, TimeoutError, OSError)
# Slack's words for an app-level token that no other try makes better.
HOPELESS = REVOKED | {"not_allowed_token_type", "missing_scope"}
TURNED_OFF = "link_disabled"  # Slack's word for an app that has Socket Mode turned off
OTHERS = (
    "Slack gives each event to one of them, so that some don't come here; a bot that was killed may still "
    "be counted, for a minute"
)
ADVICE = (
    "Make one in the app's configuration (Basic Information, App-Level Tokens) with the scope "
    "connections:write, and set BOTCORE_SLACK__APP_TOKEN to it"
)


class SocketMode:
    """Keeps a number of sockets open."""

    def __init__(
        self, clients: Clients, app_token: str, dispatch: Dispatch, count: int, tell: Callable[[str], None]
    ) -> None:
        """`tell` hears what keeps every socket from being open; an empty text when one is."""
        self._clients = clients
        self._app_token = app_token
        self._dispatch = dispatch
        self._count = count
        self._tell = tell
        self._serving: dict[asyncio.Task[None], Socket] = {}

    async def run(self) -> NoReturn:
        """Bring in what Slack tells, until cancelled; `ConfigError`: it does not accept the app's token."""
        seats = [asyncio.create_task(self._keep_one()) for _ in range(self._count)]
        try:
            await asyncio.gather(*seats)
        finally:
            await self._end(seats)
        raise AssertionError("unreachable: sockets are kept open for ever")

    @property
    def open(self) -> int:
        """How many sockets are open."""
        return len(self._serving)

    async def _keep_one(self) -> NoReturn:
        """Keep one socket open, and open its successor as soon as it is about to be closed."""
        failures = 0
        while True:
            try:
                socket = await self._open()
            except FAILURES as error:
                failures += 1
                self._note(error, failures)
                await asyncio.sleep(_pause(failures, error))
                continue
            if not failures or self.open == 1:
                self._tell("")
            await socket.leaving.wait()
            failures = 0 if socket.was_useful and socket.why != TURNED_OFF else failures + 1
            if failures:
                self._note_end(socket, failures)
                await asyncio.sleep(_pause(failures))

    async def _open(self) -> Socket:
        """Ask Slack for an address and open a socket there."""
        address = await open_address(self._clients, self._app_token)
        websocket = await self._clients.session.ws_connect(
            address, heartbeat=HEARTBEAT_SECONDS, max_msg_size=LARGEST_ENVELOPE
        )
        socket = Socket(websocket, self._dispatch, self._look_for_others)
        task = asyncio.create_task(socket.serve())
        self._serving[task] = socket
        task.add_done_callback(self._forget)
        log.info("socket_opened")
        return socket

    def _look_for_others(self, of_app: int) -> None:
        """Log when another program has sockets of the same app: Slack gives each event to one of all."""
        if (others := of_app - self.open) > 0:
            log.warning("sockets_of_another_program", count=others, why=OTHERS)

    def _forget(self, task: asyncio.Task[None]) -> None:
        del self._serving[task]
        if not task.cancelled() and (error := task.exception()):
            log.warning("socket_broke", error=type(error).__name__)
        else:
            log.info("socket_closed")

    def _note(self, error: Exception, failures: int) -> None:
        """Tell why a socket could not be opened."""
        why = reason_of(error.__cause__ or error)
        log.warning("socket_not_opened", why=why, failures=failures)
        if failures >= MANY_FAILURES and not self.open:
            self._tell(why)

    def _note_end(self, socket: Socket, failures: int) -> None:
        if socket.why == TURNED_OFF:
            self._tell("Socket Mode is turned off in the app's configuration (api.slack.com/apps)")
        elif failures >= MANY_FAILURES and not self.open:
            self._tell("Slack closes every socket at once")

    async def _end(self, seats: list[asyncio.Task[NoReturn]]) -> None:
        """Read no more, let what came be committed and acknowledged, and close."""
        for seat in seats:
            seat.cancel()
        await asyncio.gather(*seats, return_exceptions=True)
        serving = dict(self._serving)
        await asyncio.gather(*(socket.settle() for socket in serving.values()))
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)


def refused_app_token(code: str) -> ConfigError:
    """Return what to tell when Slack does not accept the app-level token."""
    return ConfigError(f"Slack does not accept the app-level token ({code}). {ADVICE}.")


async def open_address(clients: Clients, app_token: str) -> str:
    """Ask Slack where a socket can be opened.

    `ConfigError`: it does not accept the token. `DeliveryError`: it was not reached.
    """
    try:
        with translated():
            told = await clients.with_token(None).apps_connections_open(app_token=app_token)
    except DeliveryError as error:
        if error.__cause__ and (code := code_of(error.__cause__)) in HOPELESS:
            raise refused_app_token(code) from None
        raise
    return str(told["url"])


def _pause(failures: int, error: Exception | None = None) -> float:
    """Return the seconds before the next try: as Slack asks, else longer each time, and never at one beat."""
    if isinstance(error, RetryLater) and error.after:
        return error.after
    longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(failures - 1, 10))
    return longest * random.uniform(0.5, 1.0)
