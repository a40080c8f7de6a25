"""A bot as Telegram knows it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.fakes.telegram.model import ADMINISTRATORS, PRIVATE, Chat, Message, User
from tests.fakes.telegram.updates import UpdateQueue
from tests.fakes.telegram.webhook import Webhook


@dataclass(slots=True, eq=False)
class BotAccount:
    """What BotFather made, and what the bot set since."""

    token: str
    user: User
    updates: UpdateQueue = field(repr=False)
    reads_all: bool = False  # privacy mode is off
    webhook: Webhook | None = field(default=None, repr=False)
    chats: dict[int, Chat] = field(default_factory=dict, repr=False)  # private ones, by person
    commands: dict[str, list[dict[str, Any]]] = field(default_factory=dict)  # by scope and language
    blocked_by: set[int] = field(default_factory=set)  # persons
    next_message_id: int = 1  # of its private chats
    last_in: set[int] = field(default_factory=set)  # groups where it was the last bot to write

    def hears(self, message: Message) -> bool:
        """Whether it is told of a person's message."""
        chat = message.chat
        if chat.type == PRIVATE:
            return chat is self.chats.get(chat.id)
        if not chat.is_present(self.user.id) or message.author.id == self.user.id:
            return False
        is_free = self.reads_all or chat.members[self.user.id] in ADMINISTRATORS
        return is_free or bool(message.service) or self._is_meant(message)

    def _is_meant(self, message: Message) -> bool:
        """Whether privacy mode lets a group's message through."""
        if message.reply_to and message.reply_to.author.id == self.user.id:
            return True
        name = f"@{self.user.username}".lower()
        content = message.versions[-1].content
        for entity in content.entities:
            covered = content.under(entity).lower()
            if entity.type == "mention" and covered == name:
                return True
            if entity.type == "bot_command" and (
                covered.endswith(name) or ("@" not in covered and message.chat.id in self.last_in)
            ):
                return True
        return False
