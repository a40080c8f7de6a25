"""People in direct chats on the loopback Telegram, as `Traffic` knows a platform."""

from __future__ import annotations

from dataclasses import dataclass

from botcore.endings import OFFER
from tests.fakes.crowd import Crowd
from tests.fakes.platform import BotMessage, Version
from tests.fakes.script import is_question, tag_of
from tests.fakes.telegram import BotAccount, Message, Person, Telegram
from tests.fakes.telegram.faults import SENDS

SHOWN_OFFER = OFFER.strip("_")  # in italics


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wrote to the bot."""

    text: str
    message: Message
    author: Person


class TelegramCrowd(Crowd[Asked]):
    """Everybody writes in a direct chat with the bot. Message ids are of all direct chats of a bot."""

    def __init__(self, telegram: Telegram, account: BotAccount) -> None:
        super().__init__(telegram, SENDS)
        self._telegram = telegram
        self._account = account
        self._people: dict[str, Person] = {}

    @property
    def unacknowledged(self) -> int:
        return len(self._account.updates.pending)

    def post(self, text: str, *, chat: str, author: str) -> str:
        if chat not in self._people:
            self._people[chat] = self._telegram.person(author)
        person = self._people[chat]
        message = person.write(text, self._account)
        self._asked[str(message.id)] = Asked(text, message, person)
        return str(message.id)

    def answers_to(self, message_id: str) -> list[BotMessage]:
        """Return what is shown as the answer to a message."""
        asked = self._asked[message_id]
        said = self._said(asked)
        return [self._shown_as(message, asked) for message in said if self._answers(message, asked)]

    def _name(self, asked: Asked) -> str:
        return asked.author.user.first_name

    def _shown_as(self, message: Message, asked: Asked) -> BotMessage:
        versions = [Version(one.text, False, one.at) for one in message.versions]
        return self._told(str(message.id), str(message.chat.id), str(asked.message.id), versions, asked)

    def _said(self, asked: Asked) -> list[Message]:
        return self._telegram.said_by(self._account, asked.message.chat)

    def _answers(self, message: Message, asked: Asked) -> bool:
        commands = [a for a in self._asked.values() if a.author is asked.author and not is_question(a.text)]
        if not is_question(asked.text):
            later = [a.message.id for a in commands if a.message.id > asked.message.id]
            return asked.message.id < message.id < min(later, default=message.id + 1)
        first = min((a.message.id for a in commands), default=message.id + 1)
        return message.text.startswith(f"{tag_of(asked.text)}.") and message.id < first
