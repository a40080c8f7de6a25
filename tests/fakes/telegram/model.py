"""Who and what there is on the loopback Telegram."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.fakes.telegram.formatted import Entity, Formatted

Json = dict[str, Any]
PRIVATE, GROUP, SUPERGROUP, CHANNEL = "private", "group", "supergroup", "channel"
ADMINISTRATORS = frozenset({"creator", "administrator"})
PRESENT = ADMINISTRATORS | {"member", "restricted"}


@dataclass(slots=True, eq=False)
class User:
    """A person or a bot, as others see them."""

    id: int
    first_name: str
    username: str = ""
    is_bot: bool = False
    language_code: str = "en"

    def json(self) -> Json:
        body: Json = {"id": self.id, "is_bot": self.is_bot, "first_name": self.first_name}
        if self.username:
            body["username"] = self.username
        if not self.is_bot:
            body["language_code"] = self.language_code
        return body


@dataclass(slots=True, eq=False)
class Topic:
    """A thread of a forum."""

    id: int
    name: str
    closed: bool = False


@dataclass(frozen=True, slots=True)
class File:
    """What somebody attached."""

    id: str
    name: str
    mime_type: str
    content: bytes

    def json(self) -> Json:
        return {
            "file_id": self.id,
            "file_unique_id": f"u{self.id}",
            "file_name": self.name,
            "mime_type": self.mime_type,
            "file_size": len(self.content),
        }


@dataclass(frozen=True, slots=True)
class Version:
    """How a message looked from a certain moment on."""

    content: Formatted
    keyboard: list[list[Json]]  # rows of inline buttons
    at: float  # the server's clock

    @property
    def text(self) -> str:
        return self.content.text


@dataclass(slots=True, eq=False)
class Message:
    """A message in a chat, with all its looks."""

    id: int
    chat: Chat = field(repr=False)
    author: User
    versions: list[Version]
    topic: int = 0
    reply_to: Message | None = field(default=None, repr=False)
    attached: Json = field(default_factory=dict)  # "document", "photo", "voice", ...
    file: File | None = None
    service: Json = field(default_factory=dict)  # what happened, when nobody said anything
    deleted: bool = False
    method: str = ""  # of the bot's call that made it

    @property
    def text(self) -> str:
        return self.versions[-1].text

    @property
    def entities(self) -> tuple[Entity, ...]:
        return self.versions[-1].content.entities

    @property
    def keyboard(self) -> list[list[Json]]:
        return self.versions[-1].keyboard

    @property
    def root(self) -> Message:
        """The message that all the replies up to this one go back to."""
        return self.reply_to.root if self.reply_to else self

    @property
    def sent_at(self) -> float:
        return self.versions[0].at

    def json(self, *, reply: bool = True) -> Json:
        """Return the message as a bot is told of it."""
        body: Json = {
            "message_id": self.id,
            "from": self.author.json(),
            "chat": self.chat.json(),
            "date": int(self.sent_at),
            **self.attached,
            **self.service,
        }
        if self.topic:
            body |= {"message_thread_id": self.topic, "is_topic_message": True}
        elif self.reply_to and self.chat.type == SUPERGROUP and not self.chat.is_forum:
            body["message_thread_id"] = self.root.id  # a thread of replies, and no topic
        if len(self.versions) > 1:
            body["edit_date"] = int(self.versions[-1].at)
        if self.text:
            name = "caption" if self.attached else "text"
            body[name] = self.text
            if self.entities:
                body["caption_entities" if self.attached else "entities"] = [e.json() for e in self.entities]
        if self.keyboard:
            body["reply_markup"] = {"inline_keyboard": self.keyboard}
        # In a topic, what replies to nothing counts as a reply to the notice that opened the topic.
        replied = self.reply_to or self.chat.messages.get(self.topic)
        if reply and replied and replied is not self and not replied.deleted:
            body["reply_to_message"] = replied.json(reply=False)
        return body


@dataclass(frozen=True, slots=True)
class Draft:
    """What is shown of an answer that is being written."""

    id: int
    content: Formatted
    at: float


@dataclass(slots=True, eq=False)
class Chat:
    """A room. A private one belongs to one person and one bot."""

    id: int
    type: str
    title: str = ""
    person: User | None = None  # of a private chat
    members: dict[int, str] = field(default_factory=dict)  # what people and bots are here, by user
    users: dict[int, User] = field(default_factory=dict)
    topics: dict[int, Topic] = field(default_factory=dict)
    is_forum: bool = False
    messages: dict[int, Message] = field(default_factory=dict, repr=False)
    drafts: dict[int, Draft] = field(default_factory=dict)
    actions: list[tuple[str, float]] = field(default_factory=list)  # "typing", and when
    moved_to: Chat | None = field(default=None, repr=False)
    next_id: int = 1

    def json(self) -> Json:
        body: Json = {"id": self.id, "type": self.type}
        if self.person:
            body["first_name"] = self.person.first_name
            return {**body, "username": self.person.username} if self.person.username else body
        body["title"] = self.title
        return {**body, "is_forum": True} if self.is_forum else body

    def enter(self, user: User, status: str = "member") -> None:
        self.users[user.id] = user
        self.members[user.id] = status

    def is_present(self, user: int) -> bool:
        return self.members.get(user, "left") in PRESENT

    def shown(self) -> list[Message]:
        """Return what a reader sees, oldest first."""
        return [message for message in self.messages.values() if not message.deleted]


@dataclass(slots=True, eq=False)
class Query:
    """A press on a button, until the bot says what it thinks of it."""

    id: str
    person: User
    message: Message
    data: str
    at: float
    answer: Json | None = None
    answered_at: float | None = None
