"""Reads lines like `10:42 Ana: hello`, `2026-03-02 10:42 Ana: hello` or `[10:42] <ana> hello`."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

from botcore import InputError, Message
from botcore_summarize.slack_export import MEMBERSHIP
from botcore_summarize.talk import Line, Talk
from botcore_summarize.transcript import one_line

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


def read_plain(text: str, name: str, where: str) -> Talk:
    """Return the talk; a line that begins no message belongs to the one before it."""
    messages: list[tuple[Message, list[str]]] = []  # each with the lines of its text
    notices = 0
    for number, line in enumerate(text.splitlines(), 1):
        if NOTICE.match(line):
            notices += 1
        elif said := SAID.fullmatch(line):
            messages.append((_message(said, f"{where}, line {number}", number), [said["text"]]))
        elif messages:
            messages[-1][1].append(line)
        elif line.strip():
            raise InputError(
                f"{where}, line {number}: expected “10:42 Ana: hello”, or a JSON export of Slack."
            )
    whole = (replace(message, text="\n".join(texts)) for message, texts in messages)
    lines = tuple(Line(number, message) for number, message in enumerate(whole, 1) if message.text.strip())
    return Talk(name, lines, {MEMBERSHIP: notices} if notices else {})


def _message(said: re.Match[str], where: str, number: int) -> Message:
    author = one_line(said["nick"] or said["doer"] or said["name"])
    return Message(id=f"line-{number}", author=author, text=said["text"], sent_at=_moment(said, where))


def _moment(said: re.Match[str], where: str) -> datetime | None:
    """Return when it was said; a time without a day is not enough to tell."""
    if not said["date"]:
        return None
    hour, half = int(said["hour"]), (said["half"] or "").casefold()
    if half:
        hour = hour % 12 + 12 * (half == "p")
    try:
        return datetime.fromisoformat(f"{said['date']} {hour:02}:{said['rest']}").replace(tzinfo=UTC)
    except ValueError as error:
        raise InputError(f"{where}: {said['date']} {said['hour']}:{said['rest']} is no time.") from error
