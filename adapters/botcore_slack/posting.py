"""The calls that write, as Slack takes every text."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import Any, TypeVar

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from botcore import Outgoing, Refused
from botcore.markup import Document, LaidOut, lay_out, parse
from botcore_slack.errors import code_of, translated
from botcore_slack.keyboard import keyboard
from botcore_slack.rendering import LONGEST, Rendered, length, plainly, render, shortened

T = TypeVar("T")
log = structlog.get_logger(__name__)

# Were blocks like these sent, something is wrong here. The text still has to arrive.
BAD_BLOCKS = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long"})
CUT = (
    "…\n\nThe rest is too long for a message, and Slack took no file from me. Please tell whoever runs me; "
    "my log says more."
)
EVENT = "botcore_answer"  # the kind of the mark on a final text, by which it is found again


def code_of_cause(error: BaseException) -> str:
    """Return Slack's word for what went wrong."""
    cause = error.__cause__
    return code_of(cause) if isinstance(cause, Exception) else ""


def is_file(message: Outgoing) -> bool:
    """Tell whether a final text is too long for a message."""
    return message.final and length(_read(message.text, growing=False)[1].text) > LONGEST


def beginning(text: str) -> Rendered:
    """Return what stands in the place of a file that Slack does not take."""
    return plainly(shortened(_read(text, growing=False)[1].text, CUT))


def rendered(message: Outgoing) -> Rendered:
    """Return a message as Slack takes it; what is only a preview is cut where it is too long."""
    document, page = _read(message.text or message.progress, growing=not message.final)
    return render(document, page) if length(page.text) <= LONGEST else plainly(page.text)


@lru_cache(maxsize=16)  # how long a text is, is asked before it is rendered
def _read(text: str, *, growing: bool) -> tuple[Document, LaidOut]:
    document = parse(text, growing=growing)
    return document, lay_out(document)


def content(shown: Rendered, message: Outgoing) -> dict[str, Any]:
    """Return what a message says, and its buttons, as the parameters of a call."""
    return {"text": shown.text, "blocks": [*shown.blocks, *keyboard(message.buttons)]}


async def post(client: AsyncWebClient, message: Outgoing, shown: Rendered) -> str:
    """Send a message; return its id. A final one is marked, so that it can be found."""
    mark = {"event_type": EVENT, "event_payload": {"id": message.delivery_id}}

    async def call(shown: Rendered) -> str:
        with translated():
            sent = await client.chat_postMessage(
                channel=message.key.chat,
                thread_ts=message.key.thread or None,
                metadata=mark if message.delivery_id else None,
                parse="none",
                link_names=False,
                unfurl_links=False,  # Slack would fetch whatever address stands in a text
                unfurl_media=False,
                **content(shown, message),
            )
        return str(sent["ts"])

    return await with_looks_or_without(call, shown)


async def update(client: AsyncWebClient, channel: str, ts: str, message: Outgoing, shown: Rendered) -> None:
    """Let a message look like this."""

    async def call(shown: Rendered) -> None:
        with translated():
            await client.chat_update(
                channel=channel, ts=ts, parse="none", link_names=False, **content(shown, message)
            )

    await with_looks_or_without(call, shown)


async def with_looks_or_without(call: Callable[[Rendered], Awaitable[T]], shown: Rendered) -> T:
    """Call with a message as it should look, and plainly if Slack does not take that."""
    try:
        return await call(shown)
    except Refused as error:
        if code_of_cause(error) not in BAD_BLOCKS:
            raise
        log.error("slack_refused_blocks", why=code_of_cause(error))
    return await call(plainly(_unescaped(shown.text)))


def _unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
