"""People in threads of channels on the loopback Slack, as `Traffic` knows a platform."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from botcore.endings import OFFER
from tests.fakes.platform import NO_FAULT, BotMessage, Json, Post, Version
from tests.fakes.platform import Fault as PlatformFault
from tests.fakes.script import is_question, tag_of, whole_answer
from tests.fakes.slack import App, Channel, Fault, Message, Person, Slack, Team
from tests.fakes.slack.faults import SENDS
from tests.fakes.slack_answers import GREETING

SHOWN_OFFER = OFFER.strip("_")  # in italics


@dataclass(frozen=True, slots=True)
class Place:
    """A conversation: the thread that somebody's first question began."""

    channel: Channel
    person: Person
    root: Message


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wrote to the bot."""

    text: str
    message: Message
    place: Place


class SlackCrowd:
    """Everybody asks in a thread of a channel of their own, where nothing says which message an answer is to.

    It is told by the words of the answer; whatever else comes after a command is the answer to that.
    """

    def __init__(self, slack: Slack, app: App, team: Team) -> None:
        self._slack = slack
        self._app = app
        self._team = team
        self._places: dict[str, Place] = {}
        self._asked: dict[str, Asked] = {}  # by ts, which no two messages share here

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

        self._slack.faults.choose = of

    @property
    def unacknowledged(self) -> int:
        return len(self._app.deliveries.pending)

    def post(self, text: str, *, chat: str, author: str) -> str:
        said = f"{self._app.mention(self._team)} {text.removeprefix('/')}"
        if place := self._places.get(chat):
            message = place.person.write(said, place.channel, thread=place.root)
        else:
            person = self._slack.person(author, self._team)
            channel = self._slack.channel(chat, person, self._app)
            message = person.write(said, channel)
            place = self._places[chat] = Place(channel, person, message)
        self._asked[message.ts] = Asked(text, message, place)
        return message.ts

    def answers_to(self, message_id: str) -> list[BotMessage]:
        """Return what is shown as the answer to a message."""
        asked = self._asked[message_id]
        said = [m for m in self._slack.said_by(self._app, asked.place.channel) if GREETING not in m.shown]
        return [_told(message, asked) for message in said if self._answers(message, asked)]

    def answer_to(self, message_id: str) -> str | None:
        """Return the whole answer to a message; None when there is none yet."""
        whole = [message.text for message in self.answers_to(message_id) if message.is_final]
        return "\n\n".join(whole) if whole else None

    async def until(self, condition: Callable[[], bool], what: str, seconds: float = 60.0) -> None:
        await self._slack.until(condition, what, seconds)

    async def until_answered(self, message_id: str, seconds: float = 60.0) -> str:
        """Wait for the whole answer to a message and return it."""
        await self.until(
            lambda: self.answer_to(message_id) is not None,
            f"an answer to {self._asked[message_id].text!r}; shown is {self.answers_to(message_id)}",
            seconds,
        )
        return self.answer_to(message_id) or ""

    def _answers(self, message: Message, asked: Asked) -> bool:
        here = [a for a in self._asked.values() if a.place is asked.place]
        commands = [a.message.ts for a in here if not is_question(a.text)]
        if not is_question(asked.text):
            later = [ts for ts in commands if ts > asked.message.ts]
            return asked.message.ts < message.ts < min(later, default="9")
        first = min(commands, default="9")
        return message.shown.startswith(f"{tag_of(asked.text)}.") and message.ts < first


def _post(number: str, asked: Asked) -> Post:
    name = asked.place.person.user.real_name
    return Post(number, number, name, "", name, is_bot=False, addressed=True, text=asked.text, sent_at="")


def _told(message: Message, asked: Asked) -> BotMessage:
    versions = [Version(_as_sent(version.shown), False, version.at) for version in message.versions]
    text = versions[-1].text
    is_final = not is_question(asked.text) or text.removesuffix(f"\n\n{OFFER}") == whole_answer(asked.text)
    versions[-1] = Version(text, is_final, versions[-1].at)
    return BotMessage(message.ts, message.channel.id, "", asked.message.ts, versions)


def _as_sent(shown: str) -> str:
    """Return a text with its Markdown: of what this bot says, only the offer has any."""
    whole = shown.removesuffix(SHOWN_OFFER)
    return shown if whole == shown else whole.rstrip() + f"\n\n{OFFER}"


def _fault(fault: PlatformFault) -> Fault:
    if fault.error == "retry_later":
        return Fault(code=429, retry_after=1)
    return Fault(
        seconds_before=fault.seconds_before,
        cut_before=fault.cut_before,
        seconds_after=fault.seconds_after,
        cut_after=fault.cut_after,
    )
