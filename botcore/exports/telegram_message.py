"""One message of Telegram Desktop's export."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from botcore.domain import Author
from botcore.exports.cleaning import clean_name
from botcore.exports.export import ExportedChat, LeftOut, Record
from botcore.exports.fields import Unusable, id_of, moment_of, no_time, text_of
from botcore.exports.telegram_text import whole_text
from botcore.exports.telegram_topics import Topics

MEMBERSHIP = {
    "invite_members",
    "join_group_by_link",
    "join_group_by_request",
    "joined_telegram",
    "remove_members",
}
SUPERGROUPS = {"private_supergroup", "public_supergroup", "private_channel", "public_channel"}
GROUPS = {"private_group"}
WITH_A_BOT = {"bot_chat"}
PEER = re.compile(r"(?P<kind>user|chat|channel)(?P<id>\d+)")
PREFIXES = {"user": "", "chat": "-", "channel": "-100"}  # of ids, as the Bot API gives them
DELETED = "deleted account"
UNSUPPORTED = "unsupported"  # messages that this version of Telegram Desktop did not know
NEVER = 1970


def read_chat(header: Mapping[str, Any], place: str) -> ExportedChat:
    """Return a chat as the Bot API would name it; raise `Unusable`. `place`: its name if it has none."""
    bare, kind = id_of(header, "id"), text_of(header, "type")
    if not bare:
        raise Unusable('"id" is missing before its messages')
    prefix = "-100" if kind in SUPERGROUPS else "-" if kind in GROUPS else ""
    return ExportedChat(
        id=prefix + bare.removeprefix(prefix),
        name=clean_name(text_of(header, "name")) or kind.replace("_", " ") or place,
        is_direct=kind in WITH_A_BOT,
        has_live_ids=kind in SUPERGROUPS,
    )


def read_message(message: object, chat: ExportedChat, topics: Topics) -> Record:
    """Return a message; raise `Unusable`."""
    if not isinstance(message, dict):
        raise Unusable("expected an object with id, type, date and text")
    message_id = id_of(message, "id")
    if not message_id:
        raise Unusable('"id" is missing')
    reason = _reason(message)
    text = "" if reason else whole_text(message)
    topic = topics.of(message)
    return Record(
        chat=chat,
        id=message_id,
        author=_author(message, chat),
        text=text,
        sent_at=None if text_of(message, "type") == UNSUPPORTED else _moment(message, "date"),
        thread=topic.id,
        thread_name=topic.title,
        edited_at=_edited(message),
        left_out=reason or (None if text.strip() else LeftOut.EMPTY),
    )


def is_zoneless(message: object) -> bool:
    """Tell whether only what the writer's clock said is told, as in old exports, not when it was in UTC."""
    return isinstance(message, dict) and "date" in message and "date_unixtime" not in message


def _author(message: Mapping[str, Any], chat: ExportedChat) -> Author:
    """Return who wrote it, or did what a notice tells of."""
    key = "from" if "from" in message or "from_id" in message else "actor"
    peer = id_of(message, f"{key}_id")
    found = PEER.fullmatch(peer)
    identity = PREFIXES[found["kind"]] + found["id"] if found else peer
    name = clean_name(text_of(message, key))
    return Author(
        id=identity or name or "unknown",
        name=name or (DELETED if identity else "unknown"),
        is_bot=chat.is_direct and identity == chat.id,
    )


def _reason(message: Mapping[str, Any]) -> LeftOut | None:
    kind = text_of(message, "type")
    if not kind:
        raise Unusable('"type" is missing')
    if kind == "message":
        return None
    return LeftOut.MEMBERSHIP if text_of(message, "action") in MEMBERSHIP else LeftOut.NOTICE


def _edited(message: Mapping[str, Any]) -> datetime | None:
    """Return when it was edited; old exports write the year 1970 for never."""
    if not message.get("edited") and not message.get("edited_unixtime"):
        return None
    moment = _moment(message, "edited")
    return moment if moment.year > NEVER else None


def _moment(message: Mapping[str, Any], key: str) -> datetime:
    """Return a time; what tells no zone is taken to be in UTC."""
    if seconds := id_of(message, f"{key}_unixtime"):
        return moment_of(seconds, f"{key}_unixtime")
    written = text_of(message, key)
    if not written:
        raise Unusable(f'"{key}" is missing')
    try:
        moment = datetime.fromisoformat(written)
    except ValueError as error:
        raise no_time(key, written) from error
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
