"""Messages in Slack's form as programs pass them on: a channel or a thread, or many of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botcore.exports.cleaning import clean_name
from botcore.exports.export import ExportedChat, Meter, Problem, Record, is_called, no_such_chat
from botcore.exports.fields import LONGEST_ID, Unusable, text_of
from botcore.exports.json_stream import BrokenJson, JsonStream, list_elements
from botcore.exports.slack_message import Directory, read_messages

EXPECTED = 'expected an object with "messages", or a list of messages'
LONGEST_LINE = 1 << 25  # bytes; a thread on a line


@dataclass(frozen=True, slots=True)
class Thread:
    """One object `{"messages": [...]}`, with `users`, `channel` and `name` if there are any."""

    chat: ExportedChat
    directory: Directory
    messages: Iterable[object]
    where: str


ReadThreads = Callable[[Path, Meter], Iterator[Thread | Problem]]


class SlackThreads:
    """An `Export` of what a function finds in a file."""

    form = "messages in Slack's form"
    platform = "slack"
    tenant = ""
    assumed_utc = False

    def __init__(self, path: Path, read_threads: ReadThreads, *, are_threads: bool) -> None:
        self.are_threads = are_threads
        self.meter = Meter(path.stat().st_size)
        self._path = path
        self._read_threads = read_threads

    def chats(self) -> Sequence[ExportedChat]:
        found = self._read_threads(self._path, Meter(0))
        return list(dict.fromkeys(thread.chat for thread in found if isinstance(thread, Thread)))

    def read(self, chat: str | None = None) -> Iterator[Record | Problem]:
        found = False
        for thread in self._read_threads(self._path, self.meter):
            if isinstance(thread, Problem):
                yield thread
            elif is_called(thread.chat, chat):
                found = True
                yield from read_messages(thread.messages, thread.chat, thread.directory, thread.where)
        if chat is not None and not found:
            raise no_such_chat(str(self._path), chat, self.chats())


def bare_list(path: Path, meter: Meter) -> Iterator[Thread | Problem]:
    """Yield the one talk of a list of messages."""
    messages = list_elements(lambda: path.open("rb"), str(path), meter)
    yield Thread(_chat({}, path.name), Directory(), messages, str(path))


def one_thread(path: Path, meter: Meter) -> Iterator[Thread | Problem]:
    """Yield the one talk of an object; it is read twice, as its names may stand behind its messages."""
    where = str(path)
    try:
        header = _header(path)
        yield _thread(header, _messages(path, meter), path.name, where)
    except BrokenJson as error:
        yield error.problem(where)
    except Unusable as error:
        yield Problem(where, str(error), is_gap=True)


def list_of_threads(path: Path, meter: Meter) -> Iterator[Thread | Problem]:
    """Yield the threads of a list."""
    for number, record in enumerate(list_elements(lambda: path.open("rb"), str(path), meter), 1):
        yield _whole(record, f"{path.name}:{number}", f"{path}, thread {number}")


def thread_a_line(path: Path, meter: Meter) -> Iterator[Thread | Problem]:
    """Yield the thread of each line."""
    with path.open("rb") as file:
        for number, line in enumerate(iter(lambda: file.readline(LONGEST_LINE), b""), 1):
            meter.done += len(line)
            where = f"{path}, line {number}"
            if line.strip():
                yield _whole(_parse(line, where), f"{path.name}:{number}", where)


def _parse(line: bytes, where: str) -> object:
    try:
        return json.loads(line.decode("utf-8-sig", "replace"))
    except json.JSONDecodeError as error:
        reason = f"this is not valid JSON ({error.msg} at column {error.colno})"
    except (ValueError, RecursionError):
        reason = "this JSON can't be read"
    return Problem(where, reason, is_gap=True)


def _whole(record: object, name: str, where: str) -> Thread | Problem:
    if isinstance(record, Problem):
        return record
    if isinstance(record, list):
        record = {"messages": record}
    if not isinstance(record, dict) or not isinstance(record.get("messages"), list):
        return Problem(where, EXPECTED, is_gap=True)
    try:
        return _thread(record, record["messages"], name, where)
    except Unusable as error:
        return Problem(where, str(error), is_gap=True)


def _thread(header: Mapping[str, Any], messages: Iterable[object], name: str, where: str) -> Thread:
    users = header.get("users")
    if users is not None and not (
        isinstance(users, dict) and all(isinstance(user, str) for user in users.values())
    ):
        raise Unusable('"users" must be an object from ids to names')
    names = {identity: clean_name(user) for identity, user in (users or {}).items()}
    return Thread(_chat(header, name), Directory(names), messages, where)


def _chat(header: Mapping[str, Any], name: str) -> ExportedChat:
    title = clean_name(text_of(header, "name") or text_of(header, "channel") or name)
    return ExportedChat(id=(clean_name(text_of(header, "channel")) or title)[:LONGEST_ID], name=title)


def _header(path: Path) -> dict[str, Any]:
    """Return everything of an object but its messages; what comes before a mistake, if they are met."""
    header: dict[str, Any] = {}
    try:
        with JsonStream(lambda: path.open("rb")) as stream:
            stream.next()
            for key in stream.members():
                event = stream.next()
                if key != "messages":
                    header[key] = stream.value(event)
                elif event[0] != "start_array":
                    raise Unusable(EXPECTED)
                else:
                    header[key] = []
                    stream.skip(event)
    except BrokenJson:
        if "messages" not in header:
            raise
    return header


def _messages(path: Path, meter: Meter) -> Iterator[object]:
    """Yield the messages of an object, and at the end what is wrong with its JSON."""
    try:
        with JsonStream(lambda: path.open("rb"), meter) as stream:
            stream.next()
            for key in stream.members():
                event = stream.next()
                if key == "messages":
                    yield from map(stream.value, stream.elements())
                else:
                    stream.skip(event)
            stream.end()
    except BrokenJson as error:
        yield error.problem(str(path))
