"""From what Slack tells to what it means, before anybody is asked for names and files."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from botcore import ChatMoved, ConversationKey, Deleted
from botcore_slack.envelopes import PLATFORM
from botcore_slack.mentions import mentioned
from botcore_slack.origin import Facts, Origin, Who, text_of
from botcore_slack.shown_text import text_in

# What of all that Slack calls a message somebody said. The rest are notices: of joins, topics, pins.
SAID = {"", "bot_message", "file_share", "me_message", "thread_broadcast"}
GONE = "tombstone"  # what is left of a deleted message that others have answered


@dataclass(frozen=True, slots=True)
class Post:
    """A message as Slack tells it: ids in the place of names, files not read yet."""

    key: ConversationKey
    ts: str  # its id, and when it was sent
    who: Who
    text: str  # in Slack's markup
    files: Sequence[Facts] = ()
    addressed: bool = False
    direct: bool = False
    follow_up: bool = False


@dataclass(frozen=True, slots=True)
class Revision:
    """A message that has another text now."""

    key: ConversationKey
    ts: str
    text: str
    files: Sequence[Facts]
    edited_at: datetime


@dataclass(frozen=True, slots=True)
class HomeOpened:
    """Somebody looks at the app's home."""

    tenant: str
    user: str


@dataclass(frozen=True, slots=True)
class PaneOpened:
    """Somebody has opened the assistant's pane, or looks at another channel beside it."""

    key: ConversationKey
    user: str
    channel: str  # that they look at; may be empty
    is_new: bool


@dataclass(frozen=True, slots=True)
class NamesChanged:
    """A person or channel may be called otherwise now."""

    tenant: str
    id: str


Heard = Post | Revision | Deleted | ChatMoved | HomeOpened | PaneOpened | NamesChanged


def read_event(body: Facts, origin: Origin, *, bot_user: str) -> Heard | None:
    """Return what an event is to the bot; None when that is nothing. `bot_user`: how it is mentioned."""
    event = body.get("event")
    if not isinstance(event, Mapping):
        return None
    kind = text_of(event.get("type"))
    if kind in ("message", "app_mention"):
        return _message(event, origin, bot_user)
    if kind == "channel_id_changed":
        old, new = text_of(event.get("old_channel_id")), text_of(event.get("new_channel_id"))
        return ChatMoved(PLATFORM, origin.tenant, old, new, ids_stay=True) if old and new else None
    if kind == "app_home_opened":
        user = text_of(event.get("user"))
        return HomeOpened(origin.tenant, user) if user and event.get("tab", "home") == "home" else None
    if kind in ("assistant_thread_started", "assistant_thread_context_changed"):
        return _pane(event, origin, is_new=kind == "assistant_thread_started")
    if kind in ("channel_rename", "group_rename", "user_change", "user_profile_changed"):
        return _renamed(event, origin)
    return None


def moment_of(ts: str) -> datetime:
    """Return when something happened, from Slack's id of it."""
    try:
        return datetime.fromtimestamp(float(ts), UTC)
    except (OverflowError, ValueError):
        return datetime.now(UTC)


def is_direct(event: Facts) -> bool:
    """Tell whether a channel is one person's with the bot."""
    return event.get("channel_type") == "im" or text_of(event.get("channel")).startswith("D")


def is_own(message: Facts, origin: Origin, bot_user: str) -> bool:
    """Tell whether the bot itself has sent a message, in whichever form."""
    profile = message.get("bot_profile")
    app = message.get("app_id") or (profile.get("app_id") if isinstance(profile, Mapping) else "")
    by_app = bool(message.get("bot_id")) and bool(app) and app == origin.app
    return by_app or (bool(bot_user) and message.get("user") == bot_user)


def author_of(message: Facts) -> Who:
    """Return who wrote a message. A bot tells its own name; a person's has to be asked for."""
    bot = text_of(message.get("bot_id"))
    profile = message.get("bot_profile")
    its_name = text_of(message.get("username")) or (
        text_of(profile.get("name")) if isinstance(profile, Mapping) else ""
    )
    team = message.get("user_team") or message.get("source_team") or message.get("team")
    if bot or message.get("subtype") == "bot_message":
        return Who(bot or text_of(message.get("user")), text_of(team), its_name, is_bot=True)
    return Who(text_of(message.get("user")), text_of(team))


def files_of(message: Facts) -> tuple[Facts, ...]:
    files = message.get("files")
    return tuple(one for one in files if isinstance(one, Mapping)) if isinstance(files, list) else ()


def read_said(message: Facts, origin: Origin, channel: str) -> Post | None:
    """Return a message as history tells it: where it was said, and for nobody to answer any more."""
    subtype, ts, thread = (text_of(message.get(name)) for name in ("subtype", "ts", "thread_ts"))
    if subtype not in SAID or message.get("hidden"):
        return None
    who, text, files = author_of(message), text_in(message), files_of(message)
    if not ts or not who.user or not (text.strip() or files):
        return None
    key = _key(origin, channel, "" if thread == ts else thread)
    return Post(key, ts, who, text, files, addressed=origin.bot_user in mentioned(text))


def _message(event: Facts, origin: Origin, bot_user: str) -> Heard | None:
    channel, subtype = text_of(event.get("channel")), text_of(event.get("subtype"))
    if not channel:
        return None
    if subtype == "message_changed":
        return _changed(event, origin, channel, bot_user)
    if subtype == "message_deleted":
        gone = text_of(event.get("deleted_ts"))
        before = event.get("previous_message")
        thread = text_of(before.get("thread_ts")) if isinstance(before, Mapping) else ""
        return Deleted(_key(origin, channel, thread), gone) if gone else None
    if subtype not in SAID or event.get("hidden") or is_own(event, origin, bot_user):
        return None
    return _post(event, origin, channel, bot_user)


def _post(event: Facts, origin: Origin, channel: str, bot_user: str) -> Post | None:
    ts, thread = text_of(event.get("ts")), text_of(event.get("thread_ts"))
    who, text, files = author_of(event), text_in(event), files_of(event)
    if not ts or not who.user or not (text.strip() or files):
        return None
    direct, called = is_direct(event), mentioned(text)
    is_reply = bool(thread) and thread != ts
    addressed = (
        direct
        or event.get("type") == "app_mention"
        or bot_user in called
        # In a thread below the bot's own message people answer it, unless they turn to somebody else.
        or (is_reply and not called and bool(bot_user) and event.get("parent_user_id") == bot_user)
    )
    if not is_reply:  # a mention outside of threads is answered in a thread below it
        thread = ts if addressed and not direct else ""
    return Post(
        key=_key(origin, channel, thread),
        ts=ts,
        who=who,
        text=text,
        files=files,
        addressed=addressed and not who.is_bot,
        direct=direct,
        follow_up=is_reply and not called and not who.is_bot,
    )


def _changed(event: Facts, origin: Origin, channel: str, bot_user: str) -> Heard | None:
    message, before = event.get("message"), event.get("previous_message")
    if not isinstance(message, Mapping) or not (ts := text_of(message.get("ts"))):
        return None
    thread = text_of(message.get("thread_ts"))
    key = _key(origin, channel, "" if thread == ts else thread)
    if message.get("subtype") == GONE:
        return Deleted(key, ts)
    if text_of(message.get("subtype")) not in SAID or is_own(message, origin, bot_user):
        return None
    text, edited = text_in(message), message.get("edited")
    if isinstance(before, Mapping) and text == text_in(before):
        return None  # a link was unfurled, a reply counted, a language recognised
    edited_ts = text_of(edited.get("ts")) if isinstance(edited, Mapping) else ""
    at = moment_of(edited_ts or text_of(event.get("ts")))
    return Revision(key, ts, text, files_of(message), at)


def _pane(event: Facts, origin: Origin, *, is_new: bool) -> PaneOpened | None:
    thread = event.get("assistant_thread")
    if not isinstance(thread, Mapping):
        return None
    channel, ts = text_of(thread.get("channel_id")), text_of(thread.get("thread_ts"))
    context = thread.get("context")
    beside = text_of(context.get("channel_id")) if isinstance(context, Mapping) else ""
    if not channel or not ts:
        return None
    return PaneOpened(_key(origin, channel, ts), text_of(thread.get("user_id")), beside, is_new)


def _renamed(event: Facts, origin: Origin) -> NamesChanged | None:
    about: Any = event.get("channel") or event.get("user")
    its_id = text_of(about.get("id")) if isinstance(about, Mapping) else text_of(about)
    return NamesChanged(origin.tenant, its_id) if re.fullmatch(r"[A-Z0-9]+", its_id) else None


def _key(origin: Origin, channel: str, thread: str) -> ConversationKey:
    return ConversationKey(PLATFORM, origin.tenant, channel, thread)
