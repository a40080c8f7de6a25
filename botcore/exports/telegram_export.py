"""Telegram Desktop's JSON export: `result.json` with one chat, or with all of an account."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import IO, Any

from botcore.exports.export import ExportedChat, Meter, Problem, Record, is_called, no_such_chat
from botcore.exports.fields import Unusable
from botcore.exports.json_stream import OPENINGS, BrokenJson, JsonStream
from botcore.exports.telegram_message import is_zoneless, read_chat, read_message
from botcore.exports.telegram_topics import Topics

CHAT_LISTS = {"chats", "left_chats"}


class TelegramExport:
    """An `Export` of Telegram Desktop's."""

    form = "Telegram Desktop's export"
    platform = "telegram"
    tenant = ""
    are_threads = False

    def __init__(self, open_file: Callable[[], IO[bytes]], size: int, where: str) -> None:
        """`size` in bytes."""
        self.assumed_utc = False
        self.meter = Meter(size)
        self._open = open_file
        self._where = where

    def chats(self) -> Sequence[ExportedChat]:
        return list(self._counted())

    def read(self, chat: str | None = None) -> Iterator[Record | Problem]:
        found = False
        try:
            with JsonStream(self._open, self.meter) as stream:
                for opened in self._walk(stream):
                    is_meant = isinstance(opened, ExportedChat) and is_called(opened, chat)
                    found = found or is_meant
                    if isinstance(opened, ExportedChat) and is_meant:
                        yield from self._messages(stream, opened)
                        continue
                    if isinstance(opened, Problem):
                        yield opened
                    _count(stream)
                stream.end()
        except BrokenJson as error:
            yield error.problem(self._where)
        if chat is not None and not found:
            raise no_such_chat(self._where, chat, self.chats())

    def _walk(self, stream: JsonStream) -> Iterator[ExportedChat | Problem]:
        """Yield each chat when its messages begin; they have to be read before the next."""
        for number, header in enumerate(_chats_in(stream), 1):
            try:
                yield read_chat(header, f"chat {number}")
            except Unusable as error:
                yield Problem(f"{self._where}, chat {number}", str(error), is_gap=True)

    def _messages(self, stream: JsonStream, chat: ExportedChat) -> Iterator[Record | Problem]:
        topics = Topics()
        for number, event in enumerate(stream.elements(), 1):
            message = stream.value(event)
            self.assumed_utc = self.assumed_utc or is_zoneless(message)
            try:
                yield read_message(message, chat, topics)
            except Unusable as error:
                yield Problem(f"{self._where}, chat “{chat.name}”, message {number}", str(error), chat)

    def _counted(self) -> Iterator[ExportedChat]:
        """Yield the chats with how many messages they have, as far as the file can be read."""
        with suppress(BrokenJson), JsonStream(self._open) as stream:
            for chat in self._walk(stream):
                count = _count(stream)
                if isinstance(chat, ExportedChat):
                    yield replace(chat, size=f"{count:,} {'message' if count == 1 else 'messages'}")


def _chats_in(stream: JsonStream) -> Iterator[Mapping[str, Any]]:
    """Yield what is told of each chat when its messages begin; they have to be read before the next."""
    if stream.next()[0] == "start_map":
        yield from _chats_of(stream)


def _chats_of(stream: JsonStream) -> Iterator[Mapping[str, Any]]:
    """Go through an object that was just opened: an account, its list of chats, or a chat."""
    header: dict[str, Any] = {}
    for key in stream.members():
        kind, value = event = stream.next()
        if key == "messages" and kind == "start_array":
            yield header
        elif key == "list" and kind == "start_array":
            for element in stream.elements():
                if element[0] == "start_map":
                    yield from _chats_of(stream)
                else:
                    stream.skip(element)
        elif key in CHAT_LISTS and kind == "start_map":
            yield from _chats_of(stream)
        elif kind in OPENINGS:
            stream.skip(event)
        else:
            header[key] = value


def _count(stream: JsonStream) -> int:
    """Pass over a chat's messages and return how many they are."""
    count = 0
    for event in stream.elements():
        stream.skip(event)
        count += 1
    return count
