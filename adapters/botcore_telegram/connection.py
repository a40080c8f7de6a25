"""How this package reaches a Bot API server, and what its failures mean."""

from __future__ import annotations

import logging
import os
from typing import Any

import httpx
from telegram.error import NetworkError
from telegram.request import HTTPXRequest

CONNECTIONS = 64
CONNECT_SECONDS, READ_SECONDS, UPLOAD_SECONDS = 10.0, 20.0, 60.0
POLL_SECONDS = 30  # that Telegram waits for news before it says that there are none
IDLE_SECONDS = 15.0  # after which a connection is not used again: the other end may have forgotten it
# They write addresses, and those hold the token; and replies, which hold what people wrote.
TALKATIVE = ("telegram", "httpx", "httpcore")
NOT_BEGUN = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


class ServerFailed(NetworkError):
    """The server answered 5xx."""

    def __init__(self, code: int) -> None:
        super().__init__(f"the server answered {code}")
        self.code = code


class Request(HTTPXRequest):
    """One that tells apart how a server failed."""

    async def do_request(self, *args: Any, **more: Any) -> tuple[int, bytes]:
        code, body = await super().do_request(*args, **more)
        if code >= 500:
            raise ServerFailed(code)
        return code, body


def open_request(connections: int = CONNECTIONS) -> Request:
    """Return what calls go through. Its connections are opened when they are needed."""
    limits = httpx.Limits(max_connections=connections, keepalive_expiry=IDLE_SECONDS)
    return Request(
        connection_pool_size=connections,
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        write_timeout=READ_SECONDS,
        media_write_timeout=UPLOAD_SECONDS,
        pool_timeout=READ_SECONDS,
        httpx_kwargs={"limits": limits},
    )


def silence_libraries() -> None:
    """Let the libraries below log nothing. What is worth telling of their work is told here."""
    os.environ.setdefault("PTB_TIMEDELTA", "1")  # else it warns with each pause that Telegram asks for
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)


def surely_not_sent(error: NetworkError) -> bool:
    """Tell whether a call failed before anything of it reached the server, or was refused by it."""
    if isinstance(error, ServerFailed):
        return error.code in (
            500,
            503,
        )  # a gateway's 502 and 504 don't tell what became of the call behind it
    return isinstance(error.__cause__, NOT_BEGUN)
