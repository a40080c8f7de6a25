"""Transcripts as the summarize plugin renders them, and summaries as its prompt wants them."""

from __future__ import annotations

import datetime

from training.talk.threads import SECTIONS, Bullet, Said, Thread, points, thread
from training.talk.words import Words


def day_line(day: datetime.date) -> str:
    """`--- Monday 2 March 2026`, in English whatever the machine's language."""
    weekdays = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
    months = (
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    )
    return f"--- {weekdays[day.weekday()]} {day.day} {months[day.month - 1]} {day.year}"


def transcript(said: list[Said], days: list[datetime.date]) -> str:
    """One line a message, a line for each new day; further lines of a message are indented."""
    lines: list[str] = []
    last = ""
    for one, day in zip(said, days, strict=True):
        if day_line(day) != last:
            last = day_line(day)
            lines.append(last)
        lines.append(f"[{one.number}] {one.name}: " + one.text.replace("\n", "\n    "))
    return "\n".join(lines)


def some_days(words: Words, count: int) -> list[datetime.date]:
    """Days that never go back; mostly a single one."""
    day = datetime.date(2000, 1, 1) + datetime.timedelta(days=words.rng.randrange(12000))
    days = []
    for _ in range(count):
        if words.maybe(0.03):
            day += datetime.timedelta(days=words.rng.choice((1, 1, 1, 2, 3, 7)))
        days.append(day)
    return days


def cited(bullet: Bullet) -> str:
    numbers = " ".join(f"[{number}]" for number in sorted({one.number for one in bullet.sources}))
    return f"- {numbers} {bullet.text}"


def answer(found: dict[str, list[Bullet]]) -> str:
    """The five sections, a blank line between them."""
    sections = []
    for section in SECTIONS:
        lines = [cited(bullet) for bullet in found[section]] or ["- none"]
        sections.append("\n".join([section, *lines]))
    return "\n\n".join(sections)


def summary_pair(words: Words, length: int) -> tuple[Thread, str, str]:
    """A thread, its transcript and its summary."""
    made = thread(words, length)
    return made, transcript(made.said, some_days(words, len(made.said))), answer(points(words, made))
