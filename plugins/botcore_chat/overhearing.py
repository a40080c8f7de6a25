"""What people said to each other in a thread, put before the question of who called the bot there."""

from __future__ import annotations

from collections.abc import Sequence

from botcore import Message, ModelMessage, Role
from botcore.transcript import message_line

LONGEST = 4000  # characters; of more, the newest count
SAID = "What was said in this thread so far:"


def with_talk(talk: Sequence[Message], question: str, history: Sequence[ModelMessage]) -> str:
    """Return a question below what was said; what the bot was asked there stands in the history."""
    asked = {message.text for message in history if message.role is Role.USER}
    lines: list[str] = []
    for message in reversed(talk):
        line = message_line(message)
        if message.text in asked or not message.text.strip():
            continue
        if sum(map(len, lines)) + len(line) > LONGEST:
            break
        lines.insert(0, line)
    return "\n".join([SAID, *lines, "", question]) if lines else question
