"""Reads messages in the form of Slack's export."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from botcore import InputError, Message
from botcore_summarize.cleaning import clean
from botcore_summarize.slack_text import resolve
from botcore_summarize.talk import NO_TEXT, Line, Talk
from botcore_summarize.transcript import one_line

BY_BOTS = "by bots"
MEMBERSHIP = "joins and leaves"
NOTICES = "notices of the platform"
EARLIEST = datetime.min.replace(tzinfo=UTC)
MEMBERSHIP_SUBTYPES = {"channel_join", "channel_leave", "group_join", "group_leave"}
SAID = {"", "thread_broadcast", "me_message", "file_share", "file_comment"}


def read_thread(record: object, name: str, where: str) -> Talk:
    """Return the talk of a thread's record, `{"messages": [...], "users": {...}}`, or of a bare list.

    `where` is named in the `InputError` that a malformed record raises.
    """
    if isinstance(record, list):
        record = {"messages": record}
    if not isinstance(record, dict) or not isinstance(record.get("messages"), list):
        raise InputError(f'{where}: expected an object with "messages", or a list of messages.')
    users = _read_users(record.get("users"), where)
    title = record.get("name") or record.get("channel") or name
    if not isinstance(title, str):
        raise InputError(f'{where}: "name" must be a text.')
    return _talk(one_line(clean(title)), record["messages"], users, where)


def _talk(name: str, records: Sequence[object], users: Mapping[str, str], where: str) -> Talk:
    read = [_read_message(record, users, f"{where}, message {n}") for n, record in enumerate(records, 1)]
    read.sort(key=lambda pair: pair[0].sent_at or EARLIEST)  # Slack's own interface gives the newest first
    lines = tuple(Line(number, message) for number, (message, reason) in enumerate(read, 1) if not reason)
    return Talk(name, lines, dict(Counter(reason for _, reason in read if reason)))


def _read_users(users: object, where: str) -> dict[str, str]:
    if users is None:
        return {}
    if not isinstance(users, dict) or not all(isinstance(name, str) for name in users.values()):
        raise InputError(f'{where}: "users" must be an object from ids to names.')
    return {identity: one_line(clean(name)) for identity, name in users.items()}


def _read_message(record: object, users: Mapping[str, str], where: str) -> tuple[Message, str]:
    """Return the message, and why it is left out; empty when it is not."""
    if not isinstance(record, dict):
        raise InputError(f"{where}: expected an object with user, ts and text.")
    ts, text, user = (_text(record, key, where) for key in ("ts", "text", "user"))
    if not ts:
        raise InputError(f'{where}: "ts" is missing.')
    subtype = _text(record, "subtype", where)
    message = Message(
        id=ts,
        author=users.get(user) or _own_name(record) or user or "unknown",
        text=resolve(text, users),
        sent_at=_moment(ts, where),
        is_bot=subtype == "bot_message" or bool(record.get("bot_id")),
    )
    return message, _reason(subtype, message)


def _reason(subtype: str, message: Message) -> str:
    if message.is_bot:
        return BY_BOTS
    if subtype in MEMBERSHIP_SUBTYPES:
        return MEMBERSHIP
    if subtype not in SAID:
        return NOTICES
    return "" if message.text.strip() else NO_TEXT


def _text(record: Mapping[str, Any], key: str, where: str) -> str:
    value = record.get(key)
    if value is not None and not isinstance(value, str):
        raise InputError(f'{where}: "{key}" must be a text.')
    return clean(value or "")


def _own_name(record: Mapping[str, Any]) -> str:
    """Return the name that some exports repeat in each message."""
    profile = record.get("user_profile")
    known = {**record, **profile} if isinstance(profile, dict) else record
    names = (known.get(key) for key in ("display_name", "real_name", "username"))
    return next((one_line(clean(name)) for name in names if isinstance(name, str) and name.strip()), "")


def _moment(ts: str, where: str) -> datetime:
    try:
        return datetime.fromtimestamp(float(ts), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise InputError(f'{where}: "ts" is “{ts}”, which is no time.') from error
