"""The words of the domain: what adapters bring in, what the core routes, what goes out again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pydantic import JsonValue


@dataclass(frozen=True, slots=True)
class ConversationKey:
    """Where the bot talks. Computed once, by the adapter, and used for history and delivery alike."""

    platform: str  # the adapter's name: "terminal", "telegram", ...
    tenant: str  # a Slack workspace, a Telegram bot, a local installation
    chat: str  # the room, as the platform names it
    # Within the room; empty outside threads. Where a thread is called as the message that it is about, that
    # message is said outside of it, and answered in it.
    thread: str = ""


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote a message, as the platform knows them."""

    id: str
    name: str
    is_bot: bool = False


@dataclass(frozen=True, slots=True)
class InboundEvent:
    """A message as an adapter received it."""

    key: ConversationKey
    dedupe_key: str  # the same for every delivery of the same post; unique within the tenant
    message_id: str  # the platform's id of the message, unique within the chat
    author: Author
    text: str
    sent_at: datetime  # with a time zone
    addressed: bool = True  # to the bot; otherwise the chat's ledger remembers it and nobody answers
    direct: bool = True  # a chat of one person with the bot, and not a group
    language: str | None = None  # that its author has set on the platform: "de", "pt-br"
    unreadable: str = ""  # why nobody here can read it, for its author: said instead of an answer
    follow_up: bool = False  # in a thread: for the bot as well if the thread is about a message to it


@dataclass(frozen=True, slots=True)
class Edited:
    """A message has another text now. What was read of files that it names at its end stays as it was."""

    key: ConversationKey
    message_id: str
    text: str
    edited_at: datetime  # with a time zone


@dataclass(frozen=True, slots=True)
class Deleted:
    """A message was taken away by those who may."""

    key: ConversationKey
    message_id: str


@dataclass(frozen=True, slots=True)
class ChatMoved:
    """A room goes on under another id."""

    platform: str
    tenant: str
    old_chat: str
    new_chat: str
    ids_stay: bool = False  # its messages are called as before; otherwise their ids may begin anew there


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button below one of the bot's messages was pressed."""

    key: ConversationKey
    dedupe_key: str  # the platform's id of the press, the same for every delivery of it
    message_id: str  # of the bot's message
    author: Author
    button_id: str  # as the core made it: opaque
    sent_at: datetime  # with a time zone
    direct: bool = True


@dataclass(frozen=True, slots=True)
class Submitted:
    """A form was filled in and sent."""

    key: ConversationKey  # where it was opened
    dedupe_key: str  # the platform's id of this sending, the same for every delivery of it
    author: Author
    form_id: str  # as the core made it: opaque
    values: Mapping[str, JsonValue]  # by the fields' names; what was left empty may be missing
    sent_at: datetime  # with a time zone
    direct: bool = True


# What people do afterwards. The ledger follows it, and nobody answers.
Change = Edited | Deleted | ChatMoved

# What an adapter brings in.
Event = InboundEvent | Pressed | Submitted | Change


@dataclass(frozen=True, slots=True)
class ActionEvent(InboundEvent):
    """A press as a turn answers it: who pressed, below which message, and what is to be done.

    A form that was sent, and what is done at a certain time, are answered as such too. Made by the core; an
    adapter brings in `Pressed` and `Submitted`.
    """

    plugin: str = ""  # empty: the button is gone by now
    action: str = ""  # of the plugin; a command's begins with a slash
    data: str = ""
    values: Mapping[str, object] | None = None  # of a form, by field, as Python has them: a date, a tuple
    scheduled: bool = False  # nobody is there who waits for it
    alone: bool = False  # the button stands below what one person alone sees


def is_scheduled(event: InboundEvent) -> bool:
    """Tell whether nobody asked for a turn just now: its time has come."""
    return isinstance(event, ActionEvent) and event.scheduled


@dataclass(frozen=True, slots=True)
class User:
    """A person the bot knows; one person may have identities on several platforms."""

    id: int
    name: str
    language: str = ""  # that they chose to be answered in: a tag as “de” or “pt-BR”
    timezone: str = ""  # that they chose: IANA's name of it


@dataclass(frozen=True, slots=True)
class Message:
    """A row of the ledger: what was said in a chat."""

    id: str  # what a citation points to; unique within its chat or file
    author: str
    text: str
    sent_at: datetime | None = None  # UTC; a file may not tell
    is_bot: bool = False
    user_id: int | None = None  # the `User` who wrote it, if the bot knows them


@dataclass(frozen=True, slots=True)
class Cited:
    """A message that an answer rests on."""

    number: int  # what the answer calls it: [3]
    message: Message  # as it was read
    quote: str = ""  # what of it the answer repeats, word for word


@dataclass(frozen=True, slots=True)
class Button:
    """What people may press below a message. Pressed once, it calls an action of the same plugin."""

    label: str
    action: str
    data: str = ""  # the action's arguments, as people would type them
    personal: bool = False  # only who asked may press it


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a reply that begins a message of its own. Markdown."""

    text: str
    buttons: tuple[Button, ...] = ()


# What a handler yields: text that extends the message being written, or a part that begins the next.
Pieces = AsyncIterator[str | Part]


def valid(text: str) -> str:
    """Return a text that UTF-8 can carry: half a surrogate pair becomes a question mark."""
    return text.encode("utf-8", "replace").decode("utf-8")


class Lane(StrEnum):
    """Which order a message keeps."""

    TURN = "turn"  # after the turns before it in its conversation
    CONTROL = "control"  # at once
    JOB = "job"  # after the other jobs of its user, beside everything else


class Overlap(StrEnum):
    """What becomes of a message that comes while its conversation's last one is being answered."""

    QUEUE = "queue"  # it is answered next
    INTERRUPT = "interrupt"  # by the same author: that answer is given up, and one turn answers both
    DROP = "drop"  # it is not answered


class Outcome(StrEnum):
    """How a turn ended."""

    ANSWERED = "answered"
    STOPPED = "stopped"  # by its user
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Usage:
    """What a turn took from the model."""

    prompt_tokens: int = 0
    answer_tokens: int = 0
    seconds: float = 0.0  # from the first request to the last token, waiting included

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.prompt_tokens + other.prompt_tokens,
            self.answer_tokens + other.answer_tokens,
            self.seconds + other.seconds,
        )
