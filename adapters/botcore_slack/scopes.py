"""What the app asks a workspace for, and why: nothing that it can do without."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scope:
    """A permission, as Slack calls it."""

    name: str
    why: str
    methods: tuple[str, ...] = ()  # of the Web API, which need it
    events: tuple[str, ...] = ()  # which are told only to who has it
    without: str = ""  # what a bot is like that does without it; empty where it can't


LISTS = ("conversations.history", "conversations.replies")
PLACES = ("conversations.info", "conversations.members", "users.conversations")

ASSISTANT = "assistant:write"

SCOPES = (
    Scope("app_mentions:read", "hear when somebody mentions the bot", events=("app_mention",)),
    Scope(
        ASSISTANT,
        "answer in the assistant pane, with its status and suggested prompts",
        (
            "assistant.threads.setStatus",
            "assistant.threads.setSuggestedPrompts",
            "assistant.threads.setTitle",
        ),
        ("assistant_thread_started", "assistant_thread_context_changed"),
        without="the app is not in the assistant pane, which free plans lack, and may say no “is thinking…”",
    ),
    Scope(
        "channels:history",
        "remember what is said in the public channels it was invited to, for summaries",
        LISTS,
        ("message.channels",),
    ),
    Scope(
        "channels:read",
        "know those channels' names, and who is in them: only members may have one summarized",
        PLACES,
        ("channel_rename", "channel_id_changed"),
    ),
    Scope(
        "chat:write",
        "answer, and show an answer while it is written",
        (
            "chat.appendStream",
            "chat.delete",
            "chat.postEphemeral",
            "chat.postMessage",
            "chat.startStream",
            "chat.stopStream",
            "chat.update",
        ),
    ),
    Scope("commands", "be called by slash commands and from the menu of a message"),
    Scope("files:read", "read text files and snippets that are sent to it", ("files.info",)),
    Scope(
        "files:write",
        "send code that is too long for a message as a file, and take it back",
        ("files.completeUploadExternal", "files.delete", "files.getUploadURLExternal"),
    ),
    Scope(
        "groups:history",
        "the same as channels:history, in private channels it was invited to",
        LISTS,
        ("message.groups",),
    ),
    Scope("groups:read", "the same as channels:read, there", PLACES, ("group_rename",)),
    Scope("im:history", "hear what people write to it directly", LISTS, ("message.im",)),
    Scope("im:read", "know whose direct chat one is", PLACES),
    Scope("im:write", "send somebody in private what they asked for in a channel", ("conversations.open",)),
    Scope(
        "mpim:history",
        "the same as channels:history, in group messages it was added to",
        LISTS,
        ("message.mpim",),
    ),
    Scope("mpim:read", "the same as channels:read, there", PLACES),
    Scope("users:read", "call people by their names, not by their ids", ("users.info",)),
)
# Events that Slack tells every app.
FREE_EVENTS = ("app_home_opened", "app_uninstalled", "tokens_revoked")
# Methods that need no scope of the bot's token.
FREE_METHODS = (
    "apps.connections.open",
    "auth.teams.list",
    "auth.test",
    "chat.getPermalink",
    "oauth.v2.access",
    "views.open",
    "views.publish",
    "views.push",
    "views.update",
)


def needed_scopes(*, assistant: bool = True) -> tuple[Scope, ...]:
    """Return every scope that an app asks for, by name. `assistant`: it is to be in the assistant pane."""
    asked = (scope for scope in SCOPES if assistant or scope.name != ASSISTANT)
    return tuple(sorted(asked, key=lambda scope: scope.name))


def needed_events(scopes: Iterable[Scope]) -> list[str]:
    """Return every event that an app with these scopes wants to be told."""
    return sorted({*FREE_EVENTS, *(event for scope in scopes for event in scope.events)})


def missing(granted: Iterable[str]) -> list[Scope]:
    """Return what a workspace has not given, and what the bot can't do without."""
    return [scope for scope in _not_given(granted) if not scope.without]


def left_out(granted: Iterable[str]) -> list[Scope]:
    """Return what a workspace has not given, and what the bot does without."""
    return [scope for scope in _not_given(granted) if scope.without]


def _not_given(granted: Iterable[str]) -> Iterator[Scope]:
    has = set(granted)
    return (scope for scope in needed_scopes() if scope.name not in has)
