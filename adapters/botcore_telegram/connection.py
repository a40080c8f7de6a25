"""How this package reaches a Bot API server, and what its failures mean."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import urlencode
from urllib.request import getproxies

import aiohttp
from telegram.error import NetworkError, TimedOut
from telegram.request import BaseRequest, RequestData

CONNECTIONS = 64
CONNECT_SECONDS, READ_SECONDS, UPLOAD_SECONDS = 10.0, 20.0, 60.0
POLL_SECONDS = 30  # that Telegram waits for news before it says that there are none
IDLE_SECONDS = 15.0  # after which a connection is not used again: the other end may have forgotten it
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
# They write addresses, and those hold the token; and replies, which hold what people wrote.
TALKATIVE = ("telegram", "httpx", "httpcore", "aiohttp.client")


class NotOpen(Exception):
    """A call came before the connections were opened, or after they were closed."""


NOT_BEGUN = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL, NotOpen)


class ServerFailed(NetworkError):
    """The server answered 5xx."""

    def __init__(self, code: int) -> None:
        super().__init__(f"the server answered {code}")
        self.code = code


class Request(BaseRequest):
    """Calls over aiohttp, which take a fifth of the CPU time of the library's own over httpx.

    A proxy is taken from the environment (`HTTPS_PROXY`), as everywhere.
    """

    __slots__ = ("_connections", "_session")

    def __init__(self, connections: int) -> None:
        self._connections = connections
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float:
        return READ_SECONDS

    async def initialize(self) -> None:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._connections, keepalive_timeout=IDLE_SECONDS),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": self.USER_AGENT},
                trust_env=bool(getproxies()),  # else the whole environment is looked through at each call
            )

    async def shutdown(self) -> None:
        session, self._session = self._session, None
        if session:
            await session.close()

    async def call(self, url: str, fields: Mapping[str, str]) -> Any:
        """Make a call and return its result as it came; errors are the library's.

        For what is sent all the time: turning a reply into the library's objects takes longer than the call.
        """
        return await self.post(url, cast("RequestData", _Fields(fields)))

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: object = BaseRequest.DEFAULT_NONE,
        write_timeout: object = BaseRequest.DEFAULT_NONE,
        connect_timeout: object = BaseRequest.DEFAULT_NONE,
        pool_timeout: object = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """Return the status and the body of a reply; raise `TimedOut`, `NetworkError` or `ServerFailed`."""
        if self._session is None:
            raise NotOpen
        has_files = request_data is not None and request_data.contains_files
        timeout = _timeout(
            read=_chosen(read_timeout, READ_SECONDS),
            write=_chosen(write_timeout, UPLOAD_SECONDS if has_files else READ_SECONDS),
            connect=_chosen(connect_timeout, CONNECT_SECONDS),
            pool=_chosen(pool_timeout, READ_SECONDS),
        )
        body, headers = _body(request_data) if request_data else (None, None)
        try:
            async with self._session.request(
                method, url, data=body, headers=headers, timeout=timeout, allow_redirects=False
            ) as reply:
                code, content = reply.status, await reply.read()
        except TimeoutError as error:
            raise TimedOut from error
        except (aiohttp.ClientError, OSError) as error:
            # Its text may hold the address, and that the token.
            raise NetworkError(type(error).__name__) from error
        if code >= 500:
            raise ServerFailed(code)
        return code, content


class _Fields:
    """Fields of a call in the form in which `do_request` reads them."""

    contains_files = False

    def __init__(self, fields: Mapping[str, str]) -> None:
        self._fields = fields

    def url_encoded_parameters(self) -> str:
        return urlencode(self._fields)


def _chosen(timeout: object, default: float) -> float | None:
    """Return a timeout in seconds as a caller has set it; None: none."""
    return float(timeout) if isinstance(timeout, int | float) else None if timeout is None else default


def _timeout(
    *, read: float | None, write: float | None, connect: float | None, pool: float | None
) -> aiohttp.ClientTimeout:
    # aiohttp has no limit of its own for writing, so the whole call has one.
    steps = (read, write, connect, pool)
    total = None if None in steps else sum(step for step in steps if step is not None)
    return aiohttp.ClientTimeout(total=total, connect=pool, sock_connect=connect, sock_read=read)


def _body(data: RequestData) -> tuple[aiohttp.FormData | bytes, dict[str, str] | None]:
    """Return what is sent, and what it is if aiohttp does not say so."""
    if not data.contains_files:
        # Encoded here, as aiohttp takes several times as long for it.
        return data.url_encoded_parameters().encode(), FORM
    form = aiohttp.FormData(data.json_parameters)
    for name, (filename, content, content_type) in data.multipart_data.items():
        form.add_field(name, content, filename=filename, content_type=content_type)
    return form, None


def open_request(connections: int = CONNECTIONS) -> Request:
    """Return what calls go through. Its connections are opened when they are needed."""
    return Request(connections)


def silence_libraries() -> None:
    """Let the libraries below log nothing. What is worth telling of their work is told here."""
    os.environ.setdefault("PTB_TIMEDELTA", "1")  # else it warns with each pause that Telegram asks for
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)


def surely_not_sent(error: NetworkError) -> bool:
    """Tell whether a call failed before anything of it reached the server, or was refused by it."""
    if isinstance(error, ServerFailed):
        # A gateway's 502 and 504 don't tell what became of the call behind it.
        return error.code in (500, 503)
    return isinstance(error.__cause__, NOT_BEGUN)
