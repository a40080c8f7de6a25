"""Which scope a call and an event need."""

from __future__ import annotations

from collections.abc import Mapping

from tests.fakes.slack.model import DIRECT, GROUP_DIRECT, PRIVATE, PUBLIC, Channel

# What can be asked for. An app has all of it unless a test says otherwise.
ALL = frozenset(
    {
        "app_mentions:read",
        "assistant:write",
        "channels:history",
        "channels:join",
        "channels:read",
        "chat:write",
        "chat:write.public",
        "commands",
        "files:read",
        "files:write",
        "groups:history",
        "groups:read",
        "im:history",
        "im:read",
        "im:write",
        "mpim:history",
        "mpim:read",
        "mpim:write",
        "team:read",
        "users:read",
    }
) - {"chat:write.public"}
OF_METHODS: Mapping[str, str] = {
    "assistant.threads.setstatus": "chat:write",
    "assistant.threads.setsuggestedprompts": "assistant:write",
    "assistant.threads.settitle": "assistant:write",
    "bots.info": "users:read",
    "chat.appendstream": "chat:write",
    "chat.delete": "chat:write",
    "chat.postephemeral": "chat:write",
    "chat.postmessage": "chat:write",
    "chat.startstream": "chat:write",
    "chat.stopstream": "chat:write",
    "chat.update": "chat:write",
    "conversations.join": "channels:join",
    "files.completeuploadexternal": "files:write",
    "files.delete": "files:write",
    "files.getuploadurlexternal": "files:write",
    "files.info": "files:read",
    "team.info": "team:read",
    "users.info": "users:read",
    "users.list": "users:read",
}
_PREFIXES = {PUBLIC: "channels", PRIVATE: "groups", DIRECT: "im", GROUP_DIRECT: "mpim"}


def of_channel(channel: Channel, what: str) -> str:
    """Return the scope of a kind of channel; `what` is "read", "history" or "write"."""
    return f"{_PREFIXES[channel.kind]}:{what}"
