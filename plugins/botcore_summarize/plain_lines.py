"""Reads lines like `10:42 Ana: hello`, `2026-03-02 10:42 Ana: hello` or `[10:42] <ana> hello`."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from botcore import InputError, Message
from botcore_summarize.slack_export import MEMBERSHIP
from botcore_summarize.talk import Line, Talk
from botcore_summarize.transcript import one_line

TIME = r"\[?(?:(?P<date>\d{4}-\d{2}-\d{2})[T ]\s*)?(?P<time>\d{1,2}:\d{2}(?::\d{2})?)Z?\]?\s+"
SAID = re.compile(rf"{TIME}(?:-\s+)?(?:<[@+ ]?(?P<nick>[^<>\n]+)>|(?P<name>[^:<>]+):(?=\s|$))\s*(?P<text>.*)")
NOTICE = re.compile(rf"{TIME}(?:\*\*\*|===|-->|<--|-!-)\s")


def read_plain(text: str, name: str, where: str) -> Talk:
    """Return the talk; a line that begins no message belongs to the one before it."""
    messages: list[Message] = []
    notices = 0
    for number, line in enumerate(text.splitlines(), 1):
        if NOTICE.match(line):
            notices += 1
        elif said := SAID.fullmatch(line):
            messages.append(_message(said, f"{where}, line {number}", number))
        elif messages:
            messages[-1] = _continued(messages[-1], line)
        elif line.strip():
            raise InputError(
                f"{where}, line {number}: expected “10:42 Ana: hello”, or a JSON export of Slack."
            )
    lines = tuple(Line(number, message) for number, message in enumerate(messages, 1) if message.text.strip())
    return Talk(name, lines, {MEMBERSHIP: notices} if notices else {})


def _message(said: re.Match[str], where: str, number: int) -> Message:
    return Message(
        id=f"line-{number}",
        author=one_line(said["nick"] or said["name"]),
        text=said["text"],
        sent_at=_moment(said, where),
    )


def _continued(message: Message, line: str) -> Message:
    return Message(message.id, message.author, f"{message.text}\n{line}", message.sent_at)


def _moment(said: re.Match[str], where: str) -> datetime | None:
    """Return when it was said; a time without a day is not enough to tell."""
    if not said["date"]:
        return None
    try:
        return datetime.fromisoformat(f"{said['date']} {said['time']:0>5}").replace(tzinfo=UTC)
    except ValueError as error:
        raise InputError(f"{where}: {said['date']} {said['time']} is no time.") from error
