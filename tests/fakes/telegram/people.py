"""What people do on the loopback Telegram."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.fakes.telegram.bot import BotAccount
from tests.fakes.telegram.formatted import Formatted, with_found
from tests.fakes.telegram.model import (
    ADMINISTRATORS,
    SUPERGROUP,
    Chat,
    Json,
    Message,
    Query,
    Topic,
    User,
    Version,
)
from tests.fakes.telegram.world import World

Place = Chat | BotAccount  # a bot stands for the private chat with it


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account. What they write is there whether or not the bot is."""

    world: World = field(repr=False)
    user: User

    @property
    def id(self) -> int:
        return self.user.id

    def chat(self, place: Place) -> Chat:
        """Return a chat; the one with a bot begins here, as by its Start button."""
        return self.world.private(self.user, place) if isinstance(place, BotAccount) else place

    def write(
        self, text: str, place: Place, *, reply_to: Message | None = None, topic: Topic | None = None
    ) -> Message:
        """Write a message."""
        return self._post(place, text, {}, None, reply_to, topic)

    def start(self, bot: BotAccount, payload: str = "") -> Message:
        """Press Start, maybe behind a link with a payload."""
        return self.write(f"/start {payload}".strip(), bot)

    def send_document(
        self,
        place: Place,
        name: str,
        content: bytes,
        *,
        caption: str = "",
        mime_type: str = "text/plain",
        reply_to: Message | None = None,
    ) -> Message:
        file = self.world.add_file(name, mime_type, content)
        return self._post(place, caption, {"document": file.json()}, file.id, reply_to)

    def send_photo(self, place: Place, *, caption: str = "", content: bytes = b"\xff\xd8") -> Message:
        file = self.world.add_file("photo.jpg", "image/jpeg", content)
        size = {**_without_name(file.json()), "width": 640, "height": 480}
        return self._post(place, caption, {"photo": [size]}, file.id)

    def send_voice(self, place: Place, *, seconds: int = 3) -> Message:
        file = self.world.add_file("voice.ogg", "audio/ogg", b"OggS")
        body = {**_without_name(file.json()), "duration": seconds, "mime_type": "audio/ogg"}
        return self._post(place, "", {"voice": body}, file.id)

    def _post(
        self,
        place: Place,
        text: str,
        attached: Json,
        file: str | None,
        reply_to: Message | None = None,
        topic: Topic | None = None,
    ) -> Message:
        chat = self.chat(place)
        message = self.world.add_message(
            chat,
            self.user,
            with_found(Formatted(text)),
            topic=topic.id if topic else (reply_to.topic if reply_to else 0),
            reply_to=reply_to,
            attached=attached,
            file=self.world.files.get(file or ""),
        )
        self.world.tell("message", message)
        return message

    def edit(self, message: Message, text: str) -> None:
        """Change one's own message."""
        assert message.author is self.user
        message.versions.append(Version(with_found(Formatted(text)), [], self.world.clock()))
        self.world.tell("edited_message", message)

    def delete(self, message: Message) -> None:
        """Take a message away. Telegram tells no bot of it."""
        message.deleted = True

    def press(self, message: Message, label: str) -> Query:
        """Press a button with callback data below a bot's message."""
        [button] = [b for row in message.keyboard for b in row if b["text"] == label]
        query = self.world.new_query(self.user, message, button["callback_data"])
        self.world_owner(message).updates.add(
            "callback_query",
            {
                "id": query.id,
                "from": self.user.json(),
                "message": message.json(),
                "chat_instance": str(message.chat.id),
                "data": query.data,
            },
            message.chat.id,
        )
        return query

    def world_owner(self, message: Message) -> BotAccount:
        """Return the bot that wrote a message."""
        return next(bot for bot in self.world.bots.values() if bot.user is message.author)

    def follow(self, message: Message, label: str) -> str:
        """Return the address behind a button."""
        [button] = [b for row in message.keyboard for b in row if b["text"] == label]
        return str(button["url"])

    def block(self, bot: BotAccount) -> None:
        """Block a bot: it can't write here any more, and is told so."""
        chat = self.chat(bot)
        bot.blocked_by.add(self.id)
        self.world.tell_of_membership(bot, chat, self.user, "member", "kicked")

    def unblock(self, bot: BotAccount) -> None:
        bot.blocked_by.discard(self.id)
        self.world.tell_of_membership(bot, self.chat(bot), self.user, "kicked", "member")

    def add(self, bot: BotAccount, chat: Chat, status: str = "member") -> None:
        """Bring a bot into a group, or make it something else there."""
        old = chat.members.get(bot.user.id, "left")
        chat.enter(bot.user, status)
        self.world.tell_of_membership(bot, chat, self.user, old, status)
        if old not in ADMINISTRATORS | {"member"}:
            service = {"new_chat_members": [bot.user.json()]}
            self.world.tell(
                "message", self.world.add_message(chat, self.user, Formatted(""), service=service)
            )

    def remove(self, bot: BotAccount, chat: Chat) -> None:
        """Throw a bot out of a group."""
        old = chat.members[bot.user.id]
        chat.members[bot.user.id] = "kicked"
        self.world.tell_of_membership(bot, chat, self.user, old, "kicked")

    def join(self, chat: Chat) -> None:
        chat.enter(self.user)

    def leave(self, chat: Chat) -> None:
        chat.members[self.id] = "left"

    def open_topic(self, chat: Chat, name: str) -> Topic:
        """Begin a topic in a forum; its id is that of the message that began it."""
        assert chat.type == SUPERGROUP and chat.is_forum
        service = {"forum_topic_created": {"name": name, "icon_color": 0x6FB9F0}}
        message = self.world.add_message(chat, self.user, Formatted(""), service=service)
        message.topic = message.id
        topic = chat.topics[message.id] = Topic(message.id, name)
        self.world.tell("message", message)
        return topic

    def close_topic(self, chat: Chat, topic: Topic) -> None:
        topic.closed = True
        service: Json = {"forum_topic_closed": {}}
        message = self.world.add_message(chat, self.user, Formatted(""), service=service, topic=topic.id)
        self.world.tell("message", message)


def _without_name(file: Json) -> Json:
    return {name: value for name, value in file.items() if name not in ("file_name", "mime_type")}
