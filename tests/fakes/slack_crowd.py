"""People in threads of channels on the loopback Slack, as `Traffic` knows a platform."""

from __future__ import annotations

from dataclasses import dataclass

from botcore.endings import OFFER
from botcore.spelling import Spelling
from tests.fakes.crowd import Crowd
from tests.fakes.platform import BotMessage, Version
from tests.fakes.script import is_question, tag_of
from tests.fakes.slack import App, Channel, Message, Person, Slack, Team
from tests.fakes.slack.faults import SENDS
from tests.fakes.slack_answers import GREETING


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


class SlackCrowd(Crowd[Asked]):
    """Everybody asks in a thread of a channel of their own."""

    def __init__(self, slack: Slack, app: App, team: Team) -> None:
        by_name = Spelling({"missed"}, f"@{app.bot_user(team).name} /")  # as commands are typed in threads
        super().__init__(slack, SENDS, by_name(OFFER))
        self._slack = slack
        self._app = app
        self._team = team
        self._places: dict[str, Place] = {}

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
        return [self._shown_as(message, asked) for message in said if self._answers(message, asked)]

    def _name(self, asked: Asked) -> str:
        return asked.place.person.user.real_name

    def _shown_as(self, message: Message, asked: Asked) -> BotMessage:
        versions = [Version(one.shown, False, one.at) for one in message.versions]
        return self._told(message.ts, message.channel.id, asked.message.ts, versions, asked)

    def _answers(self, message: Message, asked: Asked) -> bool:
        here = [a for a in self._asked.values() if a.place is asked.place]
        commands = [a.message.ts for a in here if not is_question(a.text)]
        if not is_question(asked.text):
            later = [ts for ts in commands if ts > asked.message.ts]
            return asked.message.ts < message.ts < min(later, default="9")
        first = min(commands, default="9")
        return message.shown.startswith(f"{tag_of(asked.text)}.") and message.ts < first
