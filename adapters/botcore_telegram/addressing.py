"""Whether a message of a group is meant for the bot."""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import dataclass, field

from telegram import Message, MessageEntity, User
from telegram.constants import ChatType
from telegram.constants import MessageEntityType as Kind

_COMMAND = re.compile(r"/(?P<name>[A-Za-z0-9_]+)(?:@(?P<bot>\w+))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Myself:
    """The bot, as it appears in messages."""

    user: User
    commands: Container[str] = field(default_factory=frozenset)  # that it knows

    def is_named(self, username: str) -> bool:
        return username.lower() == (self.user.username or "").lower()


def is_addressed(message: Message, me: Myself) -> bool:
    """Tell whether the bot should answer: in a direct chat always, in a group when it is meant."""
    if command := _command(message):
        named = command["bot"]
        # Without a name a command is everybody's: only one that the bot knows is its own.
        return me.is_named(named) if named else is_direct(message) or command["name"].lower() in me.commands
    return is_direct(message) or bool(mentions(message, me)) or _is_reply(message, me)


def is_direct(message: Message) -> bool:
    return message.chat.type == ChatType.PRIVATE


def mentions(message: Message, me: Myself) -> tuple[MessageEntity, ...]:
    """Return where the bot is called by its name."""
    found = {**message.parse_entities(), **message.parse_caption_entities()}
    return tuple(entity for entity, text in found.items() if _is_me(entity, text, me))


def _is_me(entity: MessageEntity, text: str, me: Myself) -> bool:
    if entity.type == Kind.TEXT_MENTION:
        return entity.user is not None and entity.user.id == me.user.id
    return entity.type == Kind.MENTION and me.is_named(text.removeprefix("@"))


def _command(message: Message) -> re.Match[str] | None:
    entities = message.entities or message.caption_entities
    starts = any(e.type == Kind.BOT_COMMAND and e.offset == 0 for e in entities)
    return _COMMAND.match(message.text or message.caption or "") if starts else None


def _is_reply(message: Message, me: Myself) -> bool:
    replied = message.reply_to_message
    # In a topic every message "replies" to the notice that opened it, which may be the bot's.
    is_notice = replied is not None and replied.forum_topic_created is not None
    return bool(replied and replied.from_user and replied.from_user.id == me.user.id and not is_notice)
