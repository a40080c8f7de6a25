"""Files that people send: text and code are read, the rest is told to be unreadable."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import structlog
from telegram import Document, Message
from telegram.error import TelegramError

from botcore.text_files import (
    NO_PICTURES,
    NO_SOUND,
    NO_VIDEOS,
    ONLY_TEXT,
    OTHER_KIND,
    decoded,
    fenced,
    language_of,
    not_text,
    too_large,
)

log = structlog.get_logger(__name__)

FETCH_SECONDS = 8.0  # for a file; what comes after it waits


@dataclass(frozen=True, slots=True)
class Reading:
    """What became of the files of a message."""

    name: str = ""  # of the file
    text: str = ""  # it, to be put behind what was written
    problem: str = ""  # why it can't be answered, for its author


async def read_files(message: Message, largest: int) -> Reading:
    """Read the file that a message brings, or answers; `largest` in bytes."""
    if problem := unreadable(message):
        return Reading(problem=problem)
    document = document_of(message)
    return await _read(document, largest) if document else Reading()


def document_of(message: Message) -> Document | None:
    """Return the file that a message brings, or a text that it answers."""
    replied = message.reply_to_message
    if message.document or not (replied and replied.document):
        return message.document
    return replied.document if _language(replied.document) is not None else None


def name_of(document: Document) -> str:
    """Return what a file is called."""
    return " ".join((document.file_name or "file").split())


def unreadable(message: Message) -> str:
    """Return why a message can't be read, for its author; empty when it can."""
    if message.voice or message.audio or message.video_note:
        return NO_SOUND
    if message.photo:
        return NO_PICTURES
    if message.sticker or message.animation or message.video:
        return NO_VIDEOS
    if message.location or message.venue or message.contact or message.poll or message.dice:
        return ONLY_TEXT
    return OTHER_KIND if message.document and _language(message.document) is None else ""


async def _read(document: Document, largest: int) -> Reading:
    name = name_of(document)
    if (document.file_size or 0) > largest:
        return Reading(problem=too_large(name, largest))
    try:
        async with asyncio.timeout(FETCH_SECONDS):
            content = bytes(await (await document.get_file()).download_as_bytearray())
    except (TelegramError, TimeoutError) as error:
        # Not tried again: an update that is not taken holds up those behind it.
        log.warning("file_not_given", error=type(error).__name__)
        return Reading(problem=f"Telegram did not give me “{name}”. Please send it again.")
    if len(content) > largest:
        return Reading(problem=too_large(name, largest))
    text = decoded(content)
    return Reading(problem=not_text(name)) if text is None else _as_text(name, text, document)


def _as_text(name: str, text: str, document: Document) -> Reading:
    return Reading(name, fenced(name, text, _language(document) or ""))


def _language(document: Document) -> str | None:
    return language_of(document.file_name or "", document.mime_type or "")
