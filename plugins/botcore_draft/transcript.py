"""Messages as the model reads them: numbered, with a line for each new day.

The bundled model learned exactly this form, which is that of summaries too.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

from botcore import Message

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
INDENT = "    "


def transcript(messages: Sequence[Message]) -> str:
    """Return the messages, numbered from 1. A message can't forge the beginning of another one."""
    lines: list[str] = []
    today = ""
    for number, message in enumerate(messages, 1):
        if message.sent_at and (day := spoken_day(message.sent_at)) != today:
            today = day
            lines.append(f"--- {day}")
        text = f"\n{INDENT}".join(message.text.strip().splitlines())
        lines.append(f"[{number}] {one_line(message.author) or 'unknown'}: {text}")
    return "\n".join(lines)


def spoken_day(moment: datetime) -> str:
    """Return `Monday 2 March 2026`, in UTC and whatever the machine's language."""
    day: date = (moment.astimezone(UTC) if moment.tzinfo else moment).date()
    return f"{WEEKDAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]} {day.year}"


def one_line(text: str) -> str:
    return " ".join(text.split())
