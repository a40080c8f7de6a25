"""People in direct chats on the loopback Telegram, as `Traffic` knows a platform."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from botcore.endings import OFFER
from tests.fakes.platform import NO_FAULT, BotMessage, Json, Post, Version
from tests.fakes.platform import Fault as PlatformFault
from tests.fakes.script import is_question, tag_of, whole_answer
from tests.fakes.telegram import BotAccount, Fault, Message, Person, Telegram
from tests.fakes.telegram.faults import SENDS

SHOWN_OFFER = OFFER.strip("_")  # in italics


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wrote to the bot."""

    text: str
    message: Message
    author: Person


class TelegramCrowd:
    """Everybody writes in a direct chat with the bot, where nothing says which message an answer is to.

    It is told by the words of the answer; whatever else comes after a command is the answer to that.
    """

    def __init__(self, telegram: Telegram, account: BotAccount) -> None:
        self._telegram = telegram
        self._account = account
        self._people: dict[str, Person] = {}
        self._asked: dict[str, Asked] = {}  # by message id, which all direct chats of a bot share

    @property
    def posts(self) -> dict[str, Post]:
        """What was asked, by message id."""
        return {number: _post(number, asked) for number, asked in self._asked.items()}

    @property
    def choose_fault(self) -> Callable[[Json], PlatformFault]:
        return lambda call: NO_FAULT

    @choose_fault.setter
    def choose_fault(self, choose: Callable[[Json], PlatformFault]) -> None:
        def of(method: str) -> Fault:
            return _fault(choose({"op": method})) if method in SENDS else Fault()

        self._telegram.faults.choose = of

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
        return [_told(message, asked) for message in self._said(asked) if self._answers(message, asked)]

    def answer_to(self, message_id: str) -> str | None:
        """Return the whole answer to a message; None when there is none yet."""
        whole = [message.text for message in self.answers_to(message_id) if message.is_final]
        return "\n\n".join(whole) if whole else None

    async def until(self, condition: Callable[[], bool], what: str, seconds: float = 60.0) -> None:
        await self._telegram.until(condition, what, seconds)

    async def until_answered(self, message_id: str, seconds: float = 60.0) -> str:
        """Wait for the whole answer to a message and return it."""
        await self.until(
            lambda: self.answer_to(message_id) is not None,
            f"an answer to {self._asked[message_id].text!r}; shown is {self.answers_to(message_id)}",
            seconds,
        )
        return self.answer_to(message_id) or ""

    def _said(self, asked: Asked) -> list[Message]:
        return self._telegram.said_by(self._account, asked.message.chat)

    def _answers(self, message: Message, asked: Asked) -> bool:
        commands = [a for a in self._asked.values() if a.author is asked.author and not is_question(a.text)]
        if not is_question(asked.text):
            later = [a.message.id for a in commands if a.message.id > asked.message.id]
            return asked.message.id < message.id < min(later, default=message.id + 1)
        first = min((a.message.id for a in commands), default=message.id + 1)
        return message.text.startswith(f"{tag_of(asked.text)}.") and message.id < first


def _post(number: str, asked: Asked) -> Post:
    name = asked.author.user.first_name
    return Post(number, number, name, "", name, is_bot=False, addressed=True, text=asked.text, sent_at="")


def _told(message: Message, asked: Asked) -> BotMessage:
    versions = [Version(_as_sent(version.text), False, version.at) for version in message.versions]
    text = versions[-1].text
    is_final = not is_question(asked.text) or text.removesuffix(f"\n\n{OFFER}") == whole_answer(asked.text)
    versions[-1] = Version(text, is_final, versions[-1].at)
    return BotMessage(str(message.id), str(message.chat.id), "", str(asked.message.id), versions)


def _as_sent(shown: str) -> str:
    """Return a text with its Markdown: of what this bot says, only the offer has any."""
    whole = shown.removesuffix(SHOWN_OFFER)
    return shown if whole == shown else whole + OFFER


def _fault(fault: PlatformFault) -> Fault:
    if fault.error == "retry_later":
        return Fault(code=429, retry_after=1)
    return Fault(
        seconds_before=fault.seconds_before,
        cut_before=fault.cut_before,
        seconds_after=fault.seconds_after,
        cut_after=fault.cut_after,
    )
