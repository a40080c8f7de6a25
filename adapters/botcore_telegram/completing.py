"""What a message to the bot refers to is put into it, so that it can be answered by itself."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from telegram import Message

from botcore.text_files import with_names
from botcore_telegram.addressing import Myself
from botcore_telegram.attachments import document_of, name_of, read_files
from botcore_telegram.saying import quoted

if TYPE_CHECKING:
    from botcore_telegram.events import TelegramMessage


async def completed(event: TelegramMessage, me: Myself, largest: int) -> TelegramMessage:
    """Return a message with its file, or why that can't be read, and with what it answers.

    `largest`: of files, in bytes.
    """
    reading = await read_files(event.source, largest)
    if reading.problem:
        return replace(event, unreadable=reading.problem)
    said = _with_quote(event.text, reading.name, event.source, me)
    return replace(event, text="\n\n".join(filter(None, (said, reading.text))))


def revised(text: str, message: Message, me: Myself) -> str:
    """Return what an edited message to the bot says, with what it answers and the name of its file."""
    document = document_of(message)
    file = name_of(document) if document else ""
    said = _with_quote(text, file, message, me)
    return with_names(said, [file] if file else [])


def _with_quote(text: str, file: str, message: Message, me: Myself) -> str:
    """Return a text with what it answers, and without the name of its file."""
    said = text.removesuffix(f"[file: {file}]").rstrip() if file else text
    # Behind a command there are only its arguments.
    answered = "" if said.startswith("/") else quoted(message, own=me.user.id)
    return "\n\n".join(filter(None, (said, answered)))
