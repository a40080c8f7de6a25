"""Reads lines like `10:42 Ana: hello`, `2026-03-02 10:42 Ana: hello` or `[10:42] <ana> hello`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from botcore.domain import Author
from botcore.exports.cleaning import clean, clean_name
from botcore.exports.export import ExportedChat, LeftOut, Meter, Problem, Record, is_called, no_such_chat
from botcore.exports.fields import LONGEST_ID, Unusable

LONGEST_LINE = 1 << 20  # bytes; what is longer is read in pieces
LONGEST_TEXT = 1 << 24  # characters of a message
LONGEST_NAME = 80  # characters; what stands before a colon and is longer is a sentence
TIME = (
    r"\[?(?:(?P<date>\d{4}-\d{2}-\d{2})[T ]\s*)?(?P<hour>\d{1,2}):(?P<rest>\d{2}(?::\d{2})?)"
    r"(?:Z|\s?(?P<half>[AaPp])[Mm])?\]?\s+"
)
AUTHOR = (
    r"(?:<[@+ ]?(?P<nick>[^<>\n]+)>"
    r"|\*\s+(?P<doer>[^\s:<>*]+)(?=\s)"  # `* ana waves`, as chats show what somebody does
    rf"|(?P<name>[^:<>]{{1,{LONGEST_NAME}}}):(?=\s|$))"
)
SAID = re.compile(rf"{TIME}(?:-\s+)?{AUTHOR}\s*(?P<text>.*)")
NOTICE = re.compile(rf"{TIME}(?:\*\*\*|===|-->|<--|-!-)\s")


def is_plain(line: str) -> bool:
    """Tell whether a line begins a message, or is a notice between messages."""
    return bool(SAID.fullmatch(line) or NOTICE.match(line))


class PlainLines:
    """An `Export` of lines of text."""

    form = "plain lines"
    platform = "file"
    tenant = ""
    are_threads = False
    assumed_utc = False

    def __init__(self, path: Path) -> None:
        name = clean_name(path.name)
        self.meter = Meter(path.stat().st_size)
        self._path = path
        # Where a line stands is no name for its message: lines may be added before it.
        self._chat = ExportedChat(id=name[:LONGEST_ID], name=name, has_live_ids=False)

    def chats(self) -> Sequence[ExportedChat]:
        return [self._chat]

    def read(self, chat: str | None = None) -> Iterator[Record | Problem]:
        if not is_called(self._chat, chat):
            raise no_such_chat(str(self._path), str(chat), self.chats())
        with self._path.open("rb") as file:
            lines = enumerate(map(self._decode, iter(lambda: file.readline(LONGEST_LINE), b"")), 1)
            yield from self._records(lines)

    def _decode(self, line: bytes) -> str:
        self.meter.done += len(line)
        return clean(line.decode("utf-8-sig", "replace").rstrip("\r\n"))

    def _records(self, lines: Iterable[tuple[int, str]]) -> Iterator[Record | Problem]:
        """Yield the messages; a line that begins none belongs to the one before it."""
        begun: _Begun | None = None
        for number, line in lines:
            if said := SAID.fullmatch(line):
                if begun:
                    yield self._record(begun)
                begun = _Begun(number, said)
            elif NOTICE.match(line):
                nobody = Author("unknown", "unknown")
                yield Record(self._chat, f"line-{number}", nobody, "", left_out=LeftOut.MEMBERSHIP)
            elif begun:
                begun.add(line)
            elif line.strip():
                yield Problem(self._where(number), "expected “10:42 Ana: hello”", self._chat)
        if begun:
            yield self._record(begun)

    def _record(self, begun: _Begun) -> Record | Problem:
        said, text = begun.said, "\n".join(begun.texts)
        name = clean_name(said["nick"] or said["doer"] or said["name"])
        try:
            if begun.length > LONGEST_TEXT:
                raise Unusable(f"the message is longer than {LONGEST_TEXT:,} characters")
            return Record(
                chat=self._chat,
                id=f"line-{begun.line}",
                author=Author(name or "unknown", name or "unknown"),
                text=text,
                sent_at=_moment(said),
                left_out=None if text.strip() else LeftOut.EMPTY,
            )
        except Unusable as error:
            return Problem(self._where(begun.line), str(error), self._chat)

    def _where(self, line: int) -> str:
        return f"{self._path}, line {line}"


class _Begun:
    """A message to which lines may still be added."""

    def __init__(self, line: int, said: re.Match[str]) -> None:
        self.line = line
        self.said = said
        self.texts: list[str] = [said["text"]]
        self.length = len(said["text"])

    def add(self, text: str) -> None:
        self.length += len(text) + 1
        if self.length <= LONGEST_TEXT:
            self.texts.append(text)


def _moment(said: re.Match[str]) -> datetime | None:
    """Return when it was said; a time without a day is not enough to tell."""
    if not said["date"]:
        return None
    hour, half = int(said["hour"]), (said["half"] or "").casefold()
    if half:
        hour = hour % 12 + 12 * (half == "p")
    try:
        return datetime.fromisoformat(f"{said['date']} {hour:02}:{said['rest']}").replace(tzinfo=UTC)
    except ValueError as error:
        raise Unusable(f"{said['date']} {said['hour']}:{said['rest']} is no time") from error
