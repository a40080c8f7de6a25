"""The port through which a chat platform reaches the core."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol, TypeVar, runtime_checkable

from botcore.domain import Author, ConversationKey, Event, InboundEvent, Pressed
from botcore.forms.form import OpenForm
from botcore.markup.limits import TextLimits, TextUnit

T = TypeVar("T")


class StreamMode(StrEnum):
    """How an answer appears while it is being written."""

    EDIT = "edit"  # a short first preview is created, then edited up to the final text
    STREAM = "stream"  # the same for the core; the adapter sends only what each edit adds
    DRAFT = "draft"  # previews are shown without being messages; the final text is a message of its own
    FINAL = "final"  # nothing before the end


class PrivateAnswers(StrEnum):
    """How one member of a group is answered so that the others don't see it."""

    NONE = "none"  # not at all: such an answer is refused there
    HAND_OVER = "hand-over"  # a link in the group leads into the direct chat, which gets the answer
    EPHEMERAL = "ephemeral"  # a message in the group that they alone see; what takes long, in the direct chat


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a platform can do."""

    stream_mode: StreamMode = StreamMode.EDIT
    edit_interval: float = 1.0  # seconds between two calls in one chat, on average
    burst: int = 2  # calls in a row that are allowed after a rest; the last is kept for a final text
    max_chars: int | None = None  # of one message, as `lay_out` shows its text; None: as many as one likes
    unit: TextUnit = TextUnit.CHARACTERS  # what the platform counts there
    files: bool = False  # code that is longer than a message may come as one part, to be sent as a file
    buttons: bool = False  # it draws `Outgoing.buttons`, and brings in `Pressed`
    forms: bool = False  # it opens forms, see `OpensForms`; elsewhere the bot asks field by field
    private: PrivateAnswers = PrivateAnswers.NONE
    trusted: bool = False  # whoever writes there sits at this machine, and is the owner: nobody is denied

    @property
    def limits(self) -> TextLimits | None:
        """What one message holds, if that has an end."""
        return None if self.max_chars is None else TextLimits(self.max_chars, self.unit, self.files)


class Accepted(StrEnum):
    """What became of an event. Whatever it is, the event is committed and may be acknowledged."""

    NEW = "new"  # it will be answered
    NOTED = "noted"  # the ledger has it; it was not addressed to the bot
    DUPLICATE = "duplicate"  # it was known already, or changes what nobody knows
    DENIED = "denied"  # its author may not come in: nothing of its text is kept


# Commits an event. It raises when that failed: then the adapter must not acknowledge the event. Of a form it
# raises `FormRefused` when something was filled in that can't be used: nothing is committed, the form stays
# open, and the adapter shows the errors beside its fields.
Receive = Callable[[Event], Awaitable[Accepted]]


@dataclass(frozen=True, slots=True)
class Key:
    """A button as it is drawn: one that is pressed has an id, one that leads elsewhere an address."""

    label: str
    id: str = ""  # opaque, at most 64 bytes; comes back in `Pressed.button_id`
    url: str = ""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message as it should appear."""

    key: ConversationKey
    text: str  # Markdown
    final: bool  # False: a preview, more text follows
    answers: str | None = None  # the platform's id of the message it answers
    progress: str = ""  # what is being done, for a person to read, while there is no text yet
    tokens: int = 0  # what the model has written so far, and
    seconds: float = 0.0  # how long it took for that
    failed: bool = False  # the text is, or ends with, the reason why there is no whole answer
    buttons: tuple[Key, ...] = ()  # below a final text
    asker: str = ""  # who is answered, as the platform knows them, while their message is being answered
    only_for: str = ""  # who alone may see it; empty: everybody there. It is final and has no previews
    delivery_id: str = ""  # of a final text: opaque, and the same whenever this one is sent


@dataclass(frozen=True, slots=True)
class Receipt:
    """The platform's word that a message exists. Kept in the database as JSON."""

    message_id: str
    place: str = ""  # where it is, in the adapter's words, if its id alone doesn't tell


class Adapter(Protocol):
    """One platform. `create`, `edit` and `delete` may raise a `DeliveryError`; nothing else is expected."""

    @property
    def name(self) -> str: ...

    @property
    def capabilities(self) -> Capabilities: ...

    async def run(self, receive: Receive) -> None:
        """Bring messages in until cancelled. Returning means that no more will come.

        The bot of `botcore chat` then stops; under `botcore run` the others go on, and an adapter that
        raised is called again after a pause. The other methods are called after the end of this one
        too, for the answers that are still to be sent.
        """
        ...

    async def create(self, message: Outgoing) -> Receipt:
        """Send a new message. Not idempotent: it is never repeated unless it surely failed."""
        ...

    async def edit(self, receipt: Receipt, message: Outgoing) -> Receipt | None:
        """Make a sent message look like this. Idempotent: it may be repeated.

        A receipt is returned when another message had to take its place. The core writes that down, and then
        deletes the old one.
        """
        ...

    async def delete(self, receipt: Receipt) -> None:
        """Take a sent message away. Idempotent."""
        ...


@runtime_checkable
class StreamsByChat(Protocol):
    """An adapter may have this method too, if its chats differ in how an answer can appear."""

    def stream_mode(self, key: ConversationKey) -> StreamMode: ...


@runtime_checkable
class PacesByChat(Protocol):
    """An adapter may have this method too, if some chats take fewer calls than others."""

    def edit_interval(self, key: ConversationKey) -> float:
        """Return the seconds between two calls in this chat, on average."""
        ...


@runtime_checkable
class ShowsCommands(Protocol):
    """An adapter may have this method too, if people are offered commands while they type."""

    def show_commands(self, commands: Mapping[str, str]) -> None:
        """Hear, before `run`, what can be typed: what each command does, by its name."""
        ...


@runtime_checkable
class HearsPartly(Protocol):
    """An adapter may have this method too, if its platform may keep from it what is said in a chat."""

    async def unheard(self, key: ConversationKey) -> str:
        """Return, for people there, what it does not hear and how to change that; empty: it hears all."""
        ...


@runtime_checkable
class TellsTrouble(Protocol):
    """An adapter may have this too, if it can run and yet bring nothing in."""

    @property
    def trouble(self) -> str:
        """What is wrong, for the operator; empty when all is well."""
        ...


@runtime_checkable
class Closes(Protocol):
    """An adapter may have this method too, if it holds connections."""

    async def close(self) -> None:
        """Let go of them: nothing more will be sent."""
        ...


@runtime_checkable
class Drafts(Protocol):
    """An adapter with `StreamMode.DRAFT` has this method too."""

    async def draft(self, message: Outgoing) -> None:
        """Show what is being written, for about half a minute, without sending a message."""
        ...


@runtime_checkable
class HearsTurnOver(Protocol):
    """An adapter may have this method too, and then hears when the last part of a turn was dealt with."""

    async def turn_over(self, key: ConversationKey, message_id: str) -> None:
        """`message_id`: of the message that the turn answered, or left unanswered."""
        ...


@runtime_checkable
class AnswersPresses(Protocol):
    """An adapter with buttons may have this method too, if who pressed one can be told something at once."""

    async def answer_press(self, pressed: Pressed, notice: str) -> None:
        """Show a short plain text to who pressed; when it is empty, only that the press has arrived.

        It is called when it is known what becomes of the press, also when `receive` raises.
        """
        ...


@runtime_checkable
class OpensForms(Protocol):
    """An adapter with `Capabilities.forms` has this method too."""

    async def open_form(self, event: Pressed | InboundEvent, form: OpenForm) -> None:
        """Open a form before whoever pressed a button or typed a command; `Submitted` brings it back.

        Raise a `DeliveryError` when it can't be opened any more, as it takes a fresh press: then the core
        says so, with a button below that opens it.
        """
        ...


@runtime_checkable
class HandsOver(Protocol):
    """An adapter with `PrivateAnswers.HAND_OVER` has this method too."""

    def link_to_start(self, key: ConversationKey, token: str) -> str:
        """Return the address that leads from this group into the direct chat with the bot.

        Who follows it there says `/start TOKEN`: at most 64 letters, digits, `-` and `_`.
        """
        ...


@runtime_checkable
class AnswersAlone(Protocol):
    """An adapter with `PrivateAnswers.EPHEMERAL` has these methods too, and sends what is `only_for` one."""

    async def direct_chat(self, key: ConversationKey, user_id: str) -> ConversationKey:
        """Return where somebody of this chat can be written to alone, or raise a `DeliveryError`."""
        ...

    async def link_to(self, key: ConversationKey, message_id: str) -> str:
        """Return the address of a message; empty when there is none."""
        ...


@runtime_checkable
class FindsSent(Protocol):
    """An adapter may have this method too, if its platform keeps a mark on a message, to be looked for."""

    async def find_sent(self, message: Outgoing, since: datetime) -> Receipt | None:
        """Look for a message whose `create` nobody saw the end of; it was marked with its `delivery_id`.

        None: it is not there and will not come any more, so it may be sent. Raise a `DeliveryError` when that
        can't be told. `since`: it is no older than that.
        """
        ...


@runtime_checkable
class TellsMembership(Protocol):
    """An adapter has this method too, if its platform says who is in a chat.

    Without it, nobody can ask the bot about a chat other than the one they have just written in.
    """

    async def is_member(self, key: ConversationKey, user_id: str) -> bool:
        """Tell whether somebody is in a chat now. An error counts as no."""
        ...


class Tables(Protocol):
    """The bot's database, for tables of an adapter's own: it reads and writes no others.

    A body is called with a connection of SQLAlchemy's, perhaps in another thread. It is a plain function,
    and one transaction: committed when `write` returns, taken back when the body raises.
    """

    async def write(self, body: Callable[[Any], T]) -> T: ...

    async def read(self, body: Callable[[Any], T]) -> T: ...


@runtime_checkable
class KeepsTables(Protocol):
    """An adapter may have this method too, if it keeps something in the bot's database."""

    def use_tables(self, tables: Tables) -> None:
        """Hear, before `run`, where its tables are. The core's migrations have made them."""
        ...


@dataclass(frozen=True, slots=True)
class PastMessage:
    """A message that was said before the bot heard anything, or while it heard nothing."""

    message_id: str
    author: Author
    text: str
    sent_at: datetime  # with a time zone
    thread: str = ""  # that it is said in
    edited_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Some of what was said in a place, without the bot's own messages."""

    messages: Sequence[PastMessage]
    cursor: str  # where to go on, in the adapter's words; good for ever
    has_more: bool  # otherwise the end is reached; of a thread, for now


@runtime_checkable
class FetchesHistory(Protocol):
    """An adapter may have this method too, if its platform tells what was said before."""

    async def fetch_history(self, key: ConversationKey, cursor: str) -> HistoryPage:
        """Return a page of what was said: in a thread from its beginning on, elsewhere from the newest back.

        Without a cursor it is the first page. `RetryLater`: the platform gives no more for so long.
        `Refused`: it does not give it to the bot; the error's text says why, for people.
        """
        ...


@runtime_checkable
class ServesOneChat(Protocol):
    """An adapter with one chat, as a terminal has it. Several of a kind may be there at once."""

    chat: str  # the one it asks for; the core puts another here, before `run`, when that one is taken


@dataclass(frozen=True, slots=True)
class AdapterSetup:
    """What an adapter's factory, named by a `botcore.adapters` entry point, is called with."""

    settings: dict[str, Any]  # its own
    data_folder: Path  # for what the adapter itself remembers; exists, private to this user


@dataclass(frozen=True, slots=True)
class Question:
    """What `botcore init` asks of whoever sets a platform up."""

    key: str  # of the adapter's table in botcore.toml
    text: str  # what to type, and where to get it
    is_secret: bool = True
    when: tuple[str, str] = ("", "")  # asked only where this key of the table is so; a key unset is empty


@dataclass(frozen=True, slots=True)
class Introduction:
    """What a platform says of the account that the bot has there."""

    name: str  # as people call it: “@helpful_bot”
    place: str  # where people write to it: an address, or a sentence


@runtime_checkable
class Introduces(Protocol):
    """An adapter's factory has these two as well, if `botcore init` can set its platform up."""

    @property
    def questions(self) -> tuple[Question, ...]: ...

    async def introduce(self, settings: Mapping[str, Any]) -> Introduction:
        """Ask the platform, by these settings, who the bot is; a `UserError` says what is wrong with them."""
        ...


# A class that opens one adapter. It may have an attribute `settings`, a pydantic class: its table is
# then checked by it before anything starts, and a field of type SecretStr is refused in botcore.toml.
AdapterFactory = Callable[[AdapterSetup], Adapter]
