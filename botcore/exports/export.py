"""What every form of export gives: chats, and in them messages, one after the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from botcore.domain import Author
from botcore.errors import InputError

LISTED = 10  # chats that an error names


class LeftOut(StrEnum):
    """Why a message is nothing that people said."""

    BOT = "by bots"
    MEMBERSHIP = "joins and leaves"
    NOTICE = "notices of the platform"
    EMPTY = "without text"


@dataclass(frozen=True, slots=True)
class ExportedChat:
    """A room, as the platform's own interface for bots would name it."""

    id: str
    name: str
    is_direct: bool = False  # one person and a bot
    # Whether a bot sees the same ids of its messages. Elsewhere time, author and text tell which is which.
    has_live_ids: bool = True
    size: str = ""  # for people, where it is known without reading everything: "12 days"


@dataclass(frozen=True, slots=True)
class Record:
    """A message of an export."""

    chat: ExportedChat
    id: str  # the platform's, or the place in the file; unique within the chat
    author: Author
    text: str
    sent_at: datetime | None = None  # UTC; plain lines may not tell
    thread: str = ""  # within the chat; empty outside threads
    thread_name: str = ""  # where threads have names
    edited_at: datetime | None = None
    left_out: LeftOut | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in a file that can't be used."""

    where: str  # "result.json, line 12"
    reason: str
    chat: ExportedChat | None = None  # that it is in, if it is a message
    is_gap: bool = False  # more than one message is missing, nobody knows how many

    def __str__(self) -> str:
        return f"{self.where}: {self.reason}"


class Meter:
    """How far a file is read, in bytes."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.done = 0


class Export(Protocol):
    """A file or folder of messages. Nothing of it is held in memory but names."""

    form: str  # for people: "Slack's export"
    platform: str  # "slack", "telegram", or "file" where nothing tells
    tenant: str  # the workspace or account, if the file names it
    are_threads: bool  # each of its chats is a thread by itself, and may share its id with others
    meter: Meter

    @property
    def assumed_utc(self) -> bool:
        """Whether times without a zone were met while reading, and taken to be in UTC."""
        ...

    def chats(self) -> Sequence[ExportedChat]:
        """Return the chats. This may read the whole file."""
        ...

    def read(self, chat: str | None = None) -> Iterator[Record | Problem]:
        """Yield the messages in the file's order, of one chat by name or id, or of all.

        Raise `InputError` when there is no such chat. A message that can't be used is a `Problem`.
        """
        ...


def is_called(chat: ExportedChat, name: str | None) -> bool:
    """Tell whether a chat is meant: without a name every one is."""
    return name is None or name.removeprefix("#") in (chat.name.removeprefix("#"), chat.id)


def no_such_chat(where: str, name: str, chats: Sequence[ExportedChat]) -> InputError:
    """Return the error for a chat that is not there; it names those that are."""
    return InputError(f"{where} has no chat “{name}”. It has {list_chats(chats)}.")


def list_chats(chats: Sequence[ExportedChat]) -> str:
    """Return the names for people, with what is known of each; of those with one name the ids too."""
    named = Counter(chat.name for chat in chats)
    shown = [_label(chat, with_id=named[chat.name] > 1) for chat in chats[:LISTED]]
    more = f" and {len(chats) - LISTED} more" if len(chats) > LISTED else ""
    return (", ".join(shown) or "none") + more


def _label(chat: ExportedChat, *, with_id: bool) -> str:
    known = ", ".join(filter(None, (chat.id if with_id else "", chat.size)))
    return f"{chat.name} ({known})" if known else chat.name
