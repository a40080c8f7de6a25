"""What Slack brings, whichever way it came."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from enum import StrEnum
from typing import Any

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


def place_of(body: Body) -> str:
    """Return the channel that a body is about, as far as it names one: there, order matters."""
    event = body.get("event")
    if isinstance(event, Mapping):
        channel = event.get("channel")
        if isinstance(channel, str):
            return channel
        item = event.get("item")
        return str(item.get("channel", "")) if isinstance(item, Mapping) else ""
    channel = body.get("channel")
    if isinstance(channel, Mapping):
        return str(channel.get("id", ""))
    return str(body.get("channel_id", ""))
