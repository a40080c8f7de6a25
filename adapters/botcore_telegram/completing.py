"""What a message to the bot refers to is put into it, so that it can be answered by itself."""

from __future__ import annotations

from dataclasses import replace

from botcore_telegram.addressing import Myself
from botcore_telegram.attachments import read_files
from botcore_telegram.events import TelegramMessage
from botcore_telegram.saying import quoted


async def completed(event: TelegramMessage, me: Myself, largest: int) -> TelegramMessage:
    """Return a message with its file, or why that can't be read, and with what it answers.

    `largest`: of files, in bytes.
    """
    reading = await read_files(event.source, largest)
    if reading.problem:
        return replace(event, unreadable=reading.problem)
    said = event.text.removesuffix(f"[file: {reading.name}]").rstrip() if reading.name else event.text
    # Behind a command there are only its arguments.
    answered = "" if said.startswith("/") else quoted(event.source, own=me.user.id)
    return replace(event, text="\n\n".join(filter(None, (said, answered, reading.text))))
