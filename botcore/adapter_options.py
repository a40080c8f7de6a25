"""What an adapter may do beyond sending and receiving: each protocol is one such ability."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar, runtime_checkable

from botcore.capabilities import Outgoing, Receipt, StreamMode
from botcore.domain import Author, ConversationKey, InboundEvent, Pressed
from botcore.forms.form import OpenForm

T = TypeVar("T")


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
class PrefixesCommands(Protocol):
    """An adapter may have this method too, if people there can't type a command behind a mere slash."""

    def command_prefix(self, key: ConversationKey) -> str:
        """Return what is typed before a command's name, so that it arrives as `/name`: “/botcore ”.

        The core and plugins write `/help` in their texts, and people are shown it with that.
        """
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
        """Hear, before `run`, where its tables are. The migrations that its package brings have made them."""
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
    replies: int = 0  # in the thread below it, which `fetch_history` tells when it is asked for that thread
    last_reply_at: datetime | None = None  # if there are any


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Some of what was said in a place, without the bot's own messages."""

    messages: Sequence[PastMessage]
    cursor: str  # where to go on, in the adapter's words; good for ever
    has_more: bool  # otherwise the end is reached; of a thread, for now


@runtime_checkable
class ReadsFiles(Protocol):
    """An adapter may have this method too, if the files of a message have to be fetched."""

    async def read_files(self, event: InboundEvent) -> InboundEvent:
        """Return a message just brought in with its files read, or with why they can't be (`unreadable`).

        Called for messages that are answered, before they are committed: `receive` waits for it.
        """
        ...


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
