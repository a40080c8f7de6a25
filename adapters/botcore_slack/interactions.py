"""What people do besides writing: slash commands, shortcuts, buttons. None of it is delivered again."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Any

from botcore import ConversationKey
from botcore_slack.envelopes import PLATFORM
from botcore_slack.mentions import typed_command
from botcore_slack.origin import Facts, Origin, Who, text_of

NO_CHANNEL = ""  # of what was begun nowhere in particular: it is answered in the direct chat
LINK = "link-"  # what the ids of buttons begin with that lead elsewhere: nothing is to be done then


@dataclass(frozen=True, slots=True)
class Handle:
    """By what somebody is reached who has just done something: a form for 3 s, a note for 30 minutes."""

    trigger: str = ""
    response_url: str = ""
    user: str = ""
    thread: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """A command, typed behind a slash or chosen from a menu."""

    key: ConversationKey
    id: str  # in the place of a message's
    who: Who
    text: str  # the command with its slash, or a question
    handle: Handle
    direct: bool


@dataclass(frozen=True, slots=True)
class Clicked:
    """A button below one of the bot's messages was pressed."""

    key: ConversationKey
    id: str
    message: str
    who: Who
    button: str
    handle: Handle
    direct: bool
    alone: bool  # one person sees that message: only by what came with the press can it be changed


def read_command(body: Facts, origin: Origin, commands: Container[str]) -> Asked | None:
    """Return what somebody has typed behind a slash."""
    channel, user = text_of(body.get("channel_id")), text_of(body.get("user_id"))
    trigger = text_of(body.get("trigger_id"))
    if not channel or not user or not trigger:
        return None
    thread = text_of(body.get("thread_ts"))
    return Asked(
        key=ConversationKey(PLATFORM, origin.tenant, channel, thread),
        id=f"command:{trigger}",
        who=Who(user, name=text_of(body.get("user_name"))),
        text=typed_command(text_of(body.get("command")), text_of(body.get("text")), commands),
        handle=Handle(trigger, text_of(body.get("response_url")), user, thread),
        direct=channel.startswith("D"),
    )


def read_interaction(body: Facts, origin: Origin, commands: Container[str]) -> Asked | Clicked | None:
    """Return what a shortcut or a button is for; None when that is nothing."""
    kind = body.get("type")
    if kind in ("message_action", "shortcut"):
        return _shortcut(body, origin, commands)
    return _click(body, origin) if kind == "block_actions" else None


def _shortcut(body: Facts, origin: Origin, commands: Container[str]) -> Asked | None:
    """Return the command that a shortcut is called as, about the thread of its message if it has one."""
    name, trigger = text_of(body.get("callback_id")), text_of(body.get("trigger_id"))
    who, channel = _who(body), text_of(_dict(body.get("channel")).get("id"))
    if name not in commands or not trigger or not who.user:
        return None
    message = _dict(body.get("message"))
    thread = text_of(message.get("thread_ts")) or text_of(message.get("ts"))
    return Asked(
        key=ConversationKey(PLATFORM, origin.tenant, channel or NO_CHANNEL, thread if channel else ""),
        id=f"shortcut:{trigger}",
        who=who,
        text=f"/{name}",
        handle=Handle(trigger, text_of(body.get("response_url")), who.user, thread),
        direct=not channel or channel.startswith("D"),
    )


def _click(body: Facts, origin: Origin) -> Clicked | None:
    actions = body.get("actions")
    action = _dict(actions[0]) if isinstance(actions, list) and actions else {}
    button = text_of(action.get("value")) or text_of(action.get("action_id"))
    container, message = _dict(body.get("container")), _dict(body.get("message"))
    channel = text_of(_dict(body.get("channel")).get("id")) or text_of(container.get("channel_id"))
    ts = text_of(container.get("message_ts")) or text_of(message.get("ts"))
    trigger, who = text_of(body.get("trigger_id")), _who(body)
    is_link = bool(action.get("url")) or text_of(action.get("action_id")).startswith(LINK)
    if is_link or not (button and channel and ts and trigger and who.user):
        return None
    thread = text_of(message.get("thread_ts")) or text_of(container.get("thread_ts"))
    thread = "" if thread == ts else thread
    return Clicked(
        key=ConversationKey(PLATFORM, origin.tenant, channel, thread),
        id=f"press:{trigger}",
        message=ts,
        who=who,
        button=button,
        handle=Handle(trigger, text_of(body.get("response_url")), who.user, thread),
        direct=channel.startswith("D"),
        alone=container.get("is_ephemeral") is True,
    )


def _who(body: Facts) -> Who:
    user: Any = _dict(body.get("user"))
    name = text_of(user.get("username")) or text_of(user.get("name"))
    return Who(text_of(user.get("id")), text_of(user.get("team_id")), name)


def _dict(value: object) -> Facts:
    return value if isinstance(value, Mapping) else {}
