"""Signed requests to an app's own address."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import aiohttp

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Posted:
    """What became of a request."""

    status: int = 0  # 0: no answer
    reason: str = ""  # why it counts as failed; empty: it was taken
    answer: Any = None


def sign(secret: str, timestamp: int | str, body: bytes) -> str:
    """Return what stands in X-Slack-Signature."""
    base = b"v0:" + str(timestamp).encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


def body_of(kind: str, payload: Json) -> tuple[bytes, str]:
    """Return a payload as Slack writes it, and its content type."""
    if kind == "events_api":
        return json.dumps(payload).encode(), "application/json"
    fields = payload if kind == "slash_commands" else {"payload": json.dumps(payload)}
    return urlencode(fields).encode(), "application/x-www-form-urlencoded"


async def post_signed(
    url: str,
    kind: str,
    payload: Json,
    secret: str,
    timestamp: int,
    *,
    seconds: float = 3.0,
    retry: tuple[int, str] | None = None,
) -> Posted:
    """Bring something to an app as Slack does; `retry`: which repetition it is, and why."""
    body, content_type = body_of(kind, payload)
    headers = {
        "Content-Type": content_type,
        "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
        "X-Slack-Request-Timestamp": str(timestamp),
        "X-Slack-Signature": sign(secret, timestamp, body),
    }
    if retry:
        headers |= {"X-Slack-Retry-Num": str(retry[0]), "X-Slack-Retry-Reason": retry[1]}
    timeout = aiohttp.ClientTimeout(total=seconds)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.post(url, data=body, headers=headers, allow_redirects=False) as response,
        ):
            answer = await _read(response)
            if response.status // 100 == 2:
                return Posted(response.status, "", answer)
            return Posted(response.status, "http_error", answer)
    except TimeoutError:
        return Posted(0, "http_timeout")
    except aiohttp.ClientError:
        return Posted(0, "connection_failed")


async def _read(response: aiohttp.ClientResponse) -> Any:
    text = await response.text()
    if response.content_type == "application/json" and text:
        return json.loads(text)
    return text or None
