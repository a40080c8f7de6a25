"""Scripted models for summaries, and messages to summarize."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from botcore import Message, ModelMessage, Options
from botcore_summarize.prompts import prompt
from botcore_summarize.talk import Line, Talk

START = datetime(2026, 3, 2, 10, 42, tzinfo=UTC)
NO_OPTIONS = Options()
GOOD = """TL;DR
- The release moves to Friday. [2]

Decisions
- The release moves to Friday. [2]

Action items
- Bo: update the changelog (Thursday) [3]

Open questions
- Who tells the customers? [4]

Disagreements
- none"""


def said(*texts: str, start: datetime | None = START) -> list[Message]:
    """Return messages from lines like `Ana: hello`, a minute apart."""
    messages = []
    for index, text in enumerate(texts):
        author, _, words = text.partition(": ")
        sent_at = start + timedelta(minutes=index) if start else None
        messages.append(Message(id=f"m{index + 1}", author=author, text=words, sent_at=sent_at))
    return messages


def talk_of(messages: Sequence[Message]) -> Talk:
    return Talk("team", tuple(Line(number, message) for number, message in enumerate(messages, 1)))


RELEASE = said(
    "Ana: is the release ready?",
    "Ana: let's move the release to Friday",
    "Bo: ok, I'll update the changelog by Thursday",
    "Cy: who tells the customers?",
)


def long_chat(count: int) -> list[Message]:
    names = ("Ana", "Bo", "Cy")
    return said(
        *(
            f"{names[n % 3]}: topic{n} needs widget{n} and a longer explanation of gadget{n}"
            for n in range(count)
        )
    )


def is_combine(messages: Sequence[ModelMessage]) -> bool:
    return messages[0].text == prompt("combine")


def honest(messages: Sequence[ModelMessage], options: Options = NO_OPTIONS) -> str:
    """Summarize like a model that copies well: every fourth message is a task, of its author."""
    rows = [
        (int(number), name, text)
        for number, name, text in re.findall(r"^\[(\d+)\] ([^:\n]+): (.+)", messages[1].text, re.MULTILINE)
        if re.search(r"[A-Za-z]{3}", text)
    ]
    if is_combine(messages):
        return combined(rows)
    rows = rows or [(1, "", "")]
    tldr = f"- {rows[0][1]} says: {rows[0][2][:80]} [{rows[0][0]}]"
    actions = "\n".join(f"- {name}: {text[:60]} [{number}]" for number, name, text in rows[::4])
    return (
        f"TL;DR\n{tldr}\n\nDecisions\n- none\n\nAction items\n{actions}\n\nOpen questions\n- none\n\n"
        "Disagreements\n- none"
    )


def combined(rows: list[tuple[int, str, str]]) -> str:
    def those(label: str) -> str:
        return "\n".join(f"- {text} [{number}]" for number, kind, text in rows if kind == label) or "- none"

    labels = ("TL;DR", "Decision", "Action item", "Open question", "Disagreement")
    headings = ("TL;DR", "Decisions", "Action items", "Open questions", "Disagreements")
    return "\n\n".join(f"{heading}\n{those(label)}" for heading, label in zip(headings, labels, strict=True))
