"""JSON that is read piece by piece, however long it is."""

from __future__ import annotations

import re
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import IO, Any, Self

import ijson

from botcore.exports.export import Meter, Problem
from botcore.exports.files import DAMAGES

BLOCK = 1 << 16  # bytes
DEEPEST = 64  # levels of one value; no message needs more
OPENINGS = {"start_map", "start_array"}
CLOSINGS = {"end_map", "end_array"}
END_MAP, END_ARRAY = ("end_map", None), ("end_array", None)
MISTAKES = (ijson.JSONError, *DAMAGES)
# Telegram Desktop writes control characters as \x1F, which is no JSON. A pair of backslashes is one that
# was typed, whatever comes behind it.
ESCAPE = re.compile(r"\\.", re.DOTALL)

Event = tuple[str, Any]


class BrokenJson(Exception):
    """What was read is no JSON."""

    def __init__(self, line: int, reason: str) -> None:
        """`line`: where it stops to be JSON, from 1."""
        super().__init__(reason)
        self.line = line
        self.reason = reason

    def problem(self, where: str) -> Problem:
        """Return what to tell of it."""
        return Problem(f"{where}, line {self.line}", self.reason, is_gap=True)


class JsonStream:
    """A document that is pulled through once: whoever meets a value reads it, goes into it or skips it."""

    def __init__(self, open_file: Callable[[], IO[bytes]], meter: Meter | None = None) -> None:
        """`open_file` is called again after a mistake, to find its line."""
        self._open = open_file
        try:
            self._file = _Repaired(open_file(), meter=meter)
        except DAMAGES as error:
            raise BrokenJson(1, f"it can't be read: {error}") from error
        self._events = _parse(self._file)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()

    def next(self) -> Event:
        """Return the next event; raise `BrokenJson`."""
        try:
            return next(self._events)
        except MISTAKES as error:
            raise self._broken(error) from error

    def members(self) -> Iterator[str]:
        """Yield the keys of an object that was just opened; whoever takes one reads its value first."""
        while (event := self.next())[0] != "end_map":
            yield event[1]

    def elements(self) -> Iterator[Event]:
        """Yield the first event of each element of a list that was just opened."""
        while (event := self.next())[0] != "end_array":
            yield event

    def value(self, event: Event | None = None) -> Any:
        """Return the whole value that begins with `event`, or with the next one."""
        try:
            return self._build(event or next(self._events), DEEPEST)
        except MISTAKES as error:
            raise self._broken(error) from error

    def _build(self, event: Event, depth: int) -> Any:
        kind, value = event
        if kind not in OPENINGS:
            return value
        if not depth:
            raise BrokenJson(self._file.line, "it nests too deep")
        if kind == "start_map":
            return {
                key: self._build(next(self._events), depth - 1)
                for _, key in iter(self._events.__next__, END_MAP)
            }
        return [self._build(element, depth - 1) for element in iter(self._events.__next__, END_ARRAY)]

    def skip(self, event: Event | None = None) -> None:
        """Pass over the value that begins with `event`, or with the next one."""
        depth = 0
        kind, _ = event or self.next()
        while True:
            depth += (kind in OPENINGS) - (kind in CLOSINGS)
            if depth <= 0:
                return
            kind, _ = self.next()

    def end(self) -> None:
        """Make sure that nothing stands behind the document."""
        try:
            next(self._events, None)
        except MISTAKES as error:
            raise self._broken(error) from error

    def _broken(self, error: Exception) -> BrokenJson:
        """Return the mistake with its line, for which the last block is read again line by line."""
        if not isinstance(error, ijson.JSONError):
            return BrokenJson(self._file.line, f"it can't be read further: {error}")
        breaks_off = ", it breaks off here" if "premature EOF" in str(error) else ""
        with self._open() as file:
            by_line = _Repaired(file, whole_bytes=self._file.bytes_before_last_block)
            with suppress(*MISTAKES):
                for _ in _parse(by_line):
                    pass
        return BrokenJson(by_line.line, f"this is not valid JSON{breaks_off}")


def list_elements(
    open_file: Callable[[], IO[bytes]], where: str, meter: Meter | None = None
) -> Iterator[object]:
    """Yield the elements of a document that is a list; a `Problem` at the end if there is none to be read."""
    try:
        with JsonStream(open_file, meter) as stream:
            if stream.next()[0] != "start_array":
                yield Problem(where, "expected a list", is_gap=True)
                return
            yield from map(stream.value, stream.elements())
            stream.end()
    except BrokenJson as error:
        yield error.problem(where)


def _parse(file: _Repaired) -> Iterator[Event]:
    # Without use_float an integer of some thousand digits takes the whole process down (ijson 3.6).
    events: Iterator[Event] = ijson.basic_parse(file, buf_size=BLOCK, use_float=True)
    return events


class _Repaired:
    """A file as it would be if its writer had kept to UTF-8 and to JSON's escapes. It counts lines."""

    def __init__(
        self, file: IO[bytes], *, whole_bytes: int | None = None, meter: Meter | None = None
    ) -> None:
        """`whole_bytes`: how much is read in blocks; the rest comes line by line."""
        self._file = file
        self._meter = meter or Meter(0)
        self._whole_bytes = whole_bytes
        self._decoder = getincrementaldecoder("utf-8-sig")("replace")
        self._held = ""  # a backslash, until the next block tells what it escapes
        self._bytes = 0
        self._newlines = 0  # in the last block
        self.line = 1  # that the last block begins in
        self.bytes_before_last_block = 0

    def read(self, size: int) -> bytes:
        """Return the next block; nothing at the end only."""
        while True:
            block = self._read_block(size)
            repaired = self._repair(block)
            if repaired or not block:
                return repaired

    def close(self) -> None:
        self._file.close()

    def _read_block(self, size: int) -> bytes:
        by_line = self._whole_bytes is not None and self._bytes >= self._whole_bytes
        block = self._file.readline(size) if by_line else self._file.read(size)
        if block:
            self.bytes_before_last_block = self._bytes
            self._bytes += len(block)
            self._meter.done += len(block)
            self.line += self._newlines
            self._newlines = block.count(b"\n")
        return block

    def _repair(self, block: bytes) -> bytes:
        text = self._held + self._decoder.decode(block, final=not block)
        self._held = ""
        if block and (len(text) - len(text.rstrip("\\"))) % 2:
            text, self._held = text[:-1], "\\"
        if "\\x" in text:
            text = ESCAPE.sub(lambda found: r"\u00" if found.group() == r"\x" else found.group(), text)
        return text.encode()
