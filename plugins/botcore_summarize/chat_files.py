"""Makes talks of an export: of a chat, or of each thread in a file of threads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import attrgetter
from pathlib import Path

from botcore import InputError, Message
from botcore.exports import Export, ExportedChat, Meter, Problem, Record, list_chats, open_export
from botcore_summarize.talk import Line, Talk

EARLIEST = datetime.min.replace(tzinfo=UTC)
MALFORMED = "malformed"
TOLD_EVERY = 1000  # messages
LISTED = 10  # threads that an error names


def read_file(
    path: Path,
    *,
    chat: str | None = None,
    thread: str | None = None,
    last: int | None = None,
    on_read: Callable[[Meter], None] = lambda meter: None,
) -> list[Talk]:
    """Return what is to be summarized of an export; raise `InputError` with what is wrong with it.

    `chat` and `thread` choose by name or id, `last` the newest messages of each talk. One message that
    can't be used is left out and counted; where nobody knows how many are missing, the file is refused.
    `on_read` is told from time to time how far it is.
    """
    reader = _Reader(open_export(path), path, thread, last)
    for number, found in enumerate(reader.export.read(chat)):
        reader.add(found)
        if number % TOLD_EVERY == 0:
            on_read(reader.export.meter)
    return reader.talks()


class _Reader:
    def __init__(self, export: Export, path: Path, thread: str | None, last: int | None) -> None:
        self.export = export
        self._path = path
        self._thread = thread
        self._last = last
        self._chats: dict[ExportedChat, _Chat] = {}
        self._threads: dict[str, None] = {}  # the names of all, in order
        self._first_problem: Problem | None = None

    def add(self, found: Record | Problem) -> None:
        if isinstance(found, Problem):
            self._first_problem = self._first_problem or found
            if found.is_gap:
                raise InputError(f"{found}.")
            if found.chat:
                self._chat(found.chat).left_out[MALFORMED] += 1
        elif self._is_meant(found):
            self._chat(found.chat).add(found, self._last)

    def talks(self) -> list[Talk]:
        """Return those with messages, in the file's order."""
        talks = [talk for chat in self._chats.values() if (talk := chat.talk(self._last)).lines]
        if talks:
            return talks
        if self._thread is not None and self._thread not in self._threads:
            raise InputError(f"{self._path} has no thread “{self._thread}”. {self._known_threads()}")
        if self._first_problem:
            raise InputError(f"{self._first_problem}.")
        raise InputError(f"{self._path} has no messages to summarize.")

    def _is_meant(self, record: Record) -> bool:
        name = record.chat.name if self.export.are_threads else record.thread_name
        if name:
            self._threads.setdefault(name)
        return self._thread is None or self._thread in (name, record.thread)

    def _chat(self, chat: ExportedChat) -> _Chat:
        if chat not in self._chats:
            if self._chats and not self.export.are_threads:
                chats = list_chats(self.export.chats())
                raise InputError(f"{self._path} has several chats. Choose one with --chat: {chats}.")
            self._chats[chat] = _Chat(chat.name)
        return self._chats[chat]

    def _known_threads(self) -> str:
        names = list(self._threads)
        more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
        if names:
            return f"It has {', '.join(names[:LISTED])}{more}."
        return "Its threads have no names; give the id of one."


@dataclass(frozen=True, slots=True)
class _Place:
    """A message in its order; nothing where it is left out, as those count too."""

    order: tuple[datetime, int]
    message: Message | None


class _Chat:
    """What is read of a chat so far."""

    def __init__(self, name: str) -> None:
        self.left_out: Counter[str] = Counter()
        self._name = name
        self._places: list[_Place] = []
        self._trim_at = 0
        self._count = 0
        self._said = 0
        self._latest = EARLIEST

    def add(self, record: Record, last: int | None) -> None:
        """Take a message in; when only the last are wanted, hardly more are held."""
        self._latest = record.sent_at or self._latest  # a line without a time follows the one before it
        message = None if record.left_out else _message(record)
        self._places.append(_Place((self._latest, self._count), message))
        self._count += 1
        self._said += message is not None
        if record.left_out:
            self.left_out[record.left_out] += 1
        if last and len(self._places) > max(self._trim_at, 2 * last):
            self._places = self._in_order(last)
            self._trim_at = 2 * len(self._places)

    def talk(self, last: int | None) -> Talk:
        """Return the messages in the order of time: Slack's own interface gives the newest first."""
        places = self._in_order(last)
        first = self._count - len(places) + 1
        lines = tuple(Line(n, place.message) for n, place in enumerate(places, first) if place.message)
        return Talk(self._name, lines, dict(self.left_out), self._said - len(lines))

    def _in_order(self, last: int | None) -> list[_Place]:
        """Return the places in the order of time, from the `last` that were said on."""
        ordered = sorted(self._places, key=attrgetter("order"))
        said = [index for index, place in enumerate(ordered) if place.message]
        return ordered[said[-last] :] if last and len(said) > last else ordered


def _message(record: Record) -> Message:
    return Message(record.id, record.author.name, record.text, record.sent_at, record.author.is_bot)
