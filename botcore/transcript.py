"""Messages as a model reads them: numbered, with a line for each new day.

The bundled model learned exactly this form; whoever changes it has to train it again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

from botcore.domain import Message

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
INDENT = "    "


def transcript(messages: Sequence[Message]) -> str:
    """Return the messages, numbered from 1. A message can't forge the beginning of another one."""
    lines: list[str] = []
    today: date | None = None
    for number, message in enumerate(messages, 1):
        if message.sent_at and (day := in_utc(message.sent_at).date()) != today:
            today = day
            lines.append(f"--- {spoken_day(message.sent_at)}")
        lines.append(f"[{number}] {message_line(message)}")
    return "\n".join(lines)


def message_line(message: Message) -> str:
    """Return `Name: text`; further lines of the text are indented."""
    name = one_line(message.author) or "unknown"
    # `splitlines` knows every character that might pass for the end of a line.
    return f"{name}: " + f"\n{INDENT}".join(message.text.strip().splitlines())


def one_line(text: str) -> str:
    """Return a text with every white space a single blank."""
    return " ".join(text.split())


def in_utc(moment: datetime) -> datetime:
    """Return the same moment in UTC; one without a time zone is taken to be in UTC."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def spoken_date(day: date) -> str:
    """Return `2 March 2026`, whatever the machine's language."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def spoken_day(moment: datetime) -> str:
    """Return `Monday 2 March 2026`, of the day in UTC."""
    day = in_utc(moment).date()
    return f"{WEEKDAYS[day.weekday()]} {spoken_date(day)}"
