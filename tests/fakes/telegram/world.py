"""Everything there is on the loopback Telegram, and what bots are told of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count

from tests.fakes.faults import Faults
from tests.fakes.pace import Pace
from tests.fakes.telegram.bot import BotAccount
from tests.fakes.telegram.errors import bad_request, forbidden, too_many_requests
from tests.fakes.telegram.faults import SENDS
from tests.fakes.telegram.formatted import Formatted
from tests.fakes.telegram.membership import member_json
from tests.fakes.telegram.model import (
    ADMINISTRATORS,
    CHANNEL,
    GROUP,
    PRIVATE,
    SUPERGROUP,
    Chat,
    File,
    Json,
    Message,
    Query,
    User,
    Version,
)
from tests.fakes.telegram.updates import UpdateQueue


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a bot's that was answered, or met its fault."""

    bot: str  # its user name
    method: str
    chat: str  # as it was sent
    at: float
    code: int  # 200, or why not; 0: no answer reached the bot


@dataclass(slots=True, eq=False, repr=False)
class World:
    """Bots, people, chats and files. Whatever happens to a bot, this stays."""

    clock: Callable[[], float] = time.time
    pace: Pace = field(default_factory=Pace)
    faults: Faults = field(default_factory=lambda: Faults(SENDS))
    bots: dict[str, BotAccount] = field(default_factory=dict)  # by token
    users: dict[int, User] = field(default_factory=dict)
    chats: dict[int, Chat] = field(default_factory=dict)  # all but the private ones
    files: dict[str, File] = field(default_factory=dict)
    queries: dict[str, Query] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    callback_seconds: float = 15.0  # a press must be answered within
    on_message: Callable[[Message], object] = lambda message: None  # hears what bots have sent
    bots_hear_bots: bool = False  # Telegram keeps them apart, but for some channels and forwards
    _ids: count[int] = field(default_factory=lambda: count(1))

    def new_user(self, name: str, username: str = "", *, is_bot: bool = False) -> User:
        user = User((7_000_000_000 if is_bot else 100_000) + next(self._ids), name, username, is_bot)
        self.users[user.id] = user
        return user

    def bot(self, username: str = "helper_bot", *, token: str = "", reads_all: bool = False) -> BotAccount:
        """Make a bot, as BotFather does. A token begins with the bot's id."""
        user = self.new_user(username.removesuffix("_bot").title(), username, is_bot=True)
        if token:
            del self.users[user.id]
            user.id = int(token.partition(":")[0])
            self.users[user.id] = user
        token = token or f"{user.id}:AAF{'x' * 30}{next(self._ids)}"
        self.bots[token] = bot = BotAccount(token, user, UpdateQueue(self.clock), reads_all)
        return bot

    def private(self, person: User, bot: BotAccount) -> Chat:
        """Return the chat of a person and a bot; from now on the bot may write there."""
        if person.id not in bot.chats:
            bot.chats[person.id] = chat = Chat(person.id, PRIVATE, person=person)
            chat.enter(person)
            chat.enter(bot.user)
        return bot.chats[person.id]

    def group(
        self, title: str, *members: User | BotAccount, kind: str = SUPERGROUP, is_forum: bool = False
    ) -> Chat:
        """Make a group. The first member is its creator."""
        number = next(self._ids)
        chat_id = -number - 500_000 if kind == GROUP else -1_001_000_000_000 - number
        chat = self.chats[chat_id] = Chat(chat_id, kind, title, is_forum=is_forum)
        for place, member in enumerate(members):
            user = member.user if isinstance(member, BotAccount) else member
            chat.enter(user, "creator" if place == 0 and not user.is_bot else "member")
        return chat

    def reach(self, bot: BotAccount, chat_id: str) -> Chat:
        """Return the chat that a bot names, or raise why it can't write there."""
        if not chat_id:
            raise bad_request("chat_id is empty")
        try:
            number = int(chat_id)
        except ValueError:
            raise bad_request("chat not found") from None
        return self._private_chat(bot, number) if number > 0 else self._shared_chat(bot, number)

    def _private_chat(self, bot: BotAccount, user: int) -> Chat:
        if user in bot.blocked_by:
            raise forbidden("bot was blocked by the user")
        if chat := bot.chats.get(user):
            return chat
        if user in self.users and self.users[user].is_bot:
            raise forbidden("bots can't send messages to bots")
        if any(chat.is_present(bot.user.id) and user in chat.users for chat in self.chats.values()):
            raise forbidden("bot can't initiate conversation with a user")
        raise bad_request("chat not found")

    def _shared_chat(self, bot: BotAccount, number: int) -> Chat:
        chat = self.chats.get(number)
        if chat is None or bot.user.id not in chat.members:
            raise bad_request("chat not found")
        if chat.moved_to:
            raise bad_request(
                "group chat was upgraded to a supergroup chat", migrate_to_chat_id=chat.moved_to.id
            )
        kind = "channel" if chat.type == CHANNEL else chat.type
        if chat.members[bot.user.id] == "kicked":
            raise forbidden(f"bot was kicked from the {kind} chat")
        if not chat.is_present(bot.user.id):
            raise forbidden(f"bot is not a member of the {kind} chat")
        return chat

    def check_pace(self, bot: BotAccount, chat: Chat) -> None:
        """Raise when a bot writes too fast in a chat."""
        if (seconds := self.pace.wait(bot.user.id, chat.id, self.clock())) > 0:
            raise too_many_requests(seconds)

    def add_message(
        self,
        chat: Chat,
        author: User,
        content: Formatted,
        *,
        keyboard: list[list[Json]] | None = None,
        topic: int = 0,
        reply_to: Message | None = None,
        attached: Json | None = None,
        file: File | None = None,
        service: Json | None = None,
        method: str = "",
    ) -> Message:
        """Put a message into a chat."""
        version = Version(content, keyboard or [], self.clock())
        message = Message(
            self._message_id(chat, author),
            chat,
            author,
            [version],
            topic,
            reply_to,
            attached or {},
            file,
            service or {},
            method=method,
        )
        chat.messages[message.id] = message
        return message

    def _message_id(self, chat: Chat, author: User) -> int:
        """Return the next id: private chats of one bot share theirs, as all basic groups do here."""
        if chat.type == SUPERGROUP or chat.type == CHANNEL:
            chat.next_id += 1
            return chat.next_id - 1
        owners = [bot for bot in self.bots.values() if bot.chats.get(chat.id) is chat]
        if not owners:
            return next(self._ids)
        owners[0].next_message_id += 1
        return owners[0].next_message_id - 1

    def tell(self, kind: str, message: Message) -> dict[str, int]:
        """Tell the bots that may hear it of a message; return the updates by bot's name."""
        if message.author.is_bot and not self.bots_hear_bots:
            return {}
        told = {}
        for bot in self.bots.values():
            if bot.hears(message) and message.author.id != bot.user.id:
                number = bot.updates.add(kind, message.json(), message.chat.id)
                if number is not None:
                    told[bot.user.username] = number
        return told

    def tell_of_membership(self, bot: BotAccount, chat: Chat, by: User, old: str, new: str) -> None:
        """Tell a bot what it is in a chat from now on."""
        states = {
            f"{which}_chat_member": member_json(bot.user, status)
            for which, status in (("old", old), ("new", new))
        }
        content = {"chat": chat.json(), "from": by.json(), "date": int(self.clock()), **states}
        bot.updates.add("my_chat_member", content, chat.id)

    def add_file(self, name: str, mime_type: str, content: bytes) -> File:
        file = File(f"F{next(self._ids)}", name, mime_type, content)
        self.files[file.id] = file
        return file

    def move(self, chat: Chat) -> Chat:
        """Make a supergroup of a basic group: it gets another id, and both chats say so."""
        assert chat.type == GROUP
        new = self.group(chat.title)
        new.members, new.users = dict(chat.members), dict(chat.users)
        creator = next(user for user in chat.users.values() if chat.members[user.id] in ADMINISTRATORS)
        old_word = self.add_message(chat, creator, Formatted(""), service={"migrate_to_chat_id": new.id})
        self.tell("message", old_word)
        chat.moved_to = new
        new_word = self.add_message(new, creator, Formatted(""), service={"migrate_from_chat_id": chat.id})
        self.tell("message", new_word)
        return new

    def find_query(self, query_id: str) -> Query:
        """Return a press that can still be answered."""
        query = self.queries.get(query_id)
        if query is None or query.answer is not None or query.at + self.callback_seconds < self.clock():
            raise bad_request("query is too old and response timeout expired or query ID is invalid")
        return query

    def new_query(self, person: User, message: Message, data: str) -> Query:
        number = str(4_000_000_000_000_000_000 + next(self._ids))
        self.queries[number] = query = Query(number, person, message, data, self.clock())
        return query

    def record(self, bot: BotAccount | None, method: str, chat: str, code: int) -> None:
        name = bot.user.username if bot else ""
        self.calls.append(Call(name, method, chat, self.clock(), code))

    def calls_of(self, *methods: str) -> Sequence[Call]:
        """Return the calls of these methods, in the order in which they were dealt with."""
        names = {method.lower() for method in methods}
        return [call for call in self.calls if call.method in names]
