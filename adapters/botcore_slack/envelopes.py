"""What Slack brings, whichever way it came."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from enum import StrEnum
from typing import Any

from botcore_slack.origin import origin_of, text_of

PLATFORM = "slack"

Body = Mapping[str, Any]
# What Slack is told with the acknowledgement: of a command a message, of a submission what becomes of it.
Answer = Mapping[str, Any] | None


class Kind(StrEnum):
    """What a body is. Only events are delivered again when they are not acknowledged."""

    EVENT = "events_api"
    COMMAND = "slash_commands"
    INTERACTION = "interactive"  # a button, a shortcut, a form


# Commits what came and returns when that is done; raises when it failed.
Handle = Callable[[Kind, Body], Awaitable[Answer]]
# Tells of what failed whether whoever did it has heard so already.
IsTold = Callable[[Body], Awaitable[bool]]

INTERACTIONS = frozenset(
    {
        "block_actions",
        "block_suggestion",
        "message_action",
        "shortcut",
        "view_closed",
        "view_submission",
    }
)


def kind_of(body: Body) -> Kind | None:
    """Return what a body is; None: nothing that is committed."""
    if body.get("type") == "event_callback":
        return Kind.EVENT
    if "command" in body:
        return Kind.COMMAND
    return Kind.INTERACTION if body.get("type") in INTERACTIONS else None


def place_of(body: Body) -> tuple[str, str] | None:
    """Return the workspace and channel that a body is about: there, order matters. None: no channel."""
    channel = _channel_of(body)
    origin = origin_of(body)
    return (origin.tenant if origin else "", channel) if channel else None


def _channel_of(body: Body) -> str:
    event = body.get("event")
    if isinstance(event, Mapping):
        item = event.get("item")
        inner = item.get("channel") if isinstance(item, Mapping) else ""
        return text_of(event.get("channel")) or text_of(inner)
    channel = body.get("channel")
    return text_of(channel.get("id") if isinstance(channel, Mapping) else body.get("channel_id"))
