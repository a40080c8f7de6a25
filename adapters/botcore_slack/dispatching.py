"""From a request to its answer, by bolt: whatever has to be committed is, before Slack is told anything."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable
from contextlib import asynccontextmanager

import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from botcore_slack.connection import Clients
from botcore_slack.envelopes import Body, Handle, IsTold, Kind, kind_of, place_of
from botcore_slack.failing import Apology

log = structlog.get_logger(__name__)

# Slack waits 3 s for each. An event comes again, so it may take its time; anything else does not, and
# its sender must hear in time that nothing came of it.
ANSWER_SECONDS = 2.5
# So long it waits for what came before it in its channel, such as a message whose file is still read.
ORDER_SECONDS = 0.3
OK, NOT_COMMITTED = 200, 503


class Dispatcher:
    """Commits what comes, in the order of each channel, and answers when that is done."""

    def __init__(self, clients: Clients, handle: Handle, is_told: IsTold) -> None:
        self._handle = handle
        self._is_told = is_told
        self._apology = Apology(clients)
        self._lines = Lines()
        # Its signature is checked before anything is parsed, and who may come in is known by the core, so
        # that Slack is asked nothing on the way to the commit.
        self._bolt = AsyncApp(
            name="slack_bolt.app",  # a logger's, whose level it sets: not one of ours
            client=clients.with_token(None),
            request_verification_enabled=False,
            before_authorize=self._commit,
            authorize=_nobody,
        )

    async def __call__(self, request: AsyncBoltRequest) -> BoltResponse:
        """Return what Slack is told. A number other than 200: it was not committed."""
        return await self._bolt.async_dispatch(request)

    async def _commit(
        self,
        request: AsyncBoltRequest,
        next: Callable[[], Awaitable[BoltResponse]],  # noqa: A002  # bolt's
    ) -> BoltResponse:
        body: Body = request.body
        if (kind := kind_of(body)) is None:
            return await _answered_by_bolt(body, next)
        try:
            async with _in_time(kind), self._lines.of(place_of(body), _for_order(kind)):
                answer = await self._handle(kind, body)
        except Exception as error:
            log.warning("not_committed", kind=kind, error=type(error).__name__)
            return await self._refuse(kind, body)
        return BoltResponse(status=OK, body=json.dumps(answer) if answer else "")

    async def _refuse(self, kind: Kind, body: Body) -> BoltResponse:
        """Let an event come again; of anything else let whoever did it know that nothing came of it."""
        if kind is Kind.EVENT:
            return BoltResponse(status=NOT_COMMITTED, body="")
        if await self._is_told(body):
            return BoltResponse(status=OK, body="")
        answer = await self._apology.make(body)
        if answer is None:
            return BoltResponse(status=NOT_COMMITTED, body="")  # Slack shows an error of its own then
        return BoltResponse(status=OK, body=json.dumps(answer) if answer else "")


class Lines:
    """Lets one after the other pass in each place."""

    def __init__(self) -> None:
        self._locks: dict[Hashable, tuple[asyncio.Lock, int]] = {}

    @asynccontextmanager
    async def of(self, place: Hashable | None, seconds: float | None) -> AsyncIterator[None]:
        """Wait until those before in this place have passed, or so long; in no place nobody waits."""
        if place is None:
            yield
            return
        lock, waiting = self._locks.get(place, (asyncio.Lock(), 0))
        self._locks[place] = (lock, waiting + 1)
        try:
            is_first = await _taken(lock, seconds)
            try:
                yield
            finally:
                if is_first:
                    lock.release()
        finally:
            lock, waiting = self._locks[place]
            if waiting == 1:
                del self._locks[place]
            else:
                self._locks[place] = (lock, waiting - 1)


async def _taken(lock: asyncio.Lock, seconds: float | None) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await lock.acquire()
    except TimeoutError:
        return False
    return True


def _in_time(kind: Kind) -> asyncio.Timeout:
    return asyncio.timeout(None if kind is Kind.EVENT else ANSWER_SECONDS)


def _for_order(kind: Kind) -> float | None:
    return None if kind is Kind.EVENT else ORDER_SECONDS


async def _answered_by_bolt(body: Body, next: Callable[[], Awaitable[BoltResponse]]) -> BoltResponse:  # noqa: A002
    if body.get("type") == "url_verification":
        return await next()
    if body.get("type") == "app_rate_limited":
        log.error("events_dropped", why="more than 30,000 events an hour: Slack keeps some from the bot")
    return BoltResponse(status=OK, body="")


async def _nobody(**_: object) -> AuthorizeResult:
    """Return whom a request is from, which only the core's gate knows: no request comes so far in bolt."""
    raise LookupError("the core decides who may come in")
