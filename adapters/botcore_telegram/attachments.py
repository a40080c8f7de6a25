"""Files that people send: text and code are read, the rest is told to be unreadable."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from telegram import Document, Message
from telegram.error import BadRequest

PLAIN_TYPES = re.compile(
    r"text/.*|application/(.*\+)?(json|xml|javascript|typescript|toml|yaml|x-yaml|sql|x-sh|x-httpd-php)"
)
# By the ending of a file's name: the language that a fence names.
SAME = (
    *("c", "cpp", "cs", "css", "csv", "diff", "go", "html", "ini", "java", "js", "json", "kt", "lua", "md"),
    *("php", "pl", "py", "r", "rb", "rs", "scala", "sh", "sql", "swift", "tex", "toml", "ts", "tsx", "vue"),
    *("xml", "yaml", "yml", "zig"),
)
LANGUAGES = {**{name: name for name in SAME}, "bash": "bash", "h": "c", "hpp": "cpp"}
LANGUAGES |= dict.fromkeys(("conf", "env", "log", "rst", "txt"), "")
WITHOUT_ENDING = {"dockerfile": "dockerfile", "makefile": "makefile", "readme": "", "license": ""}
ONLY_TEXT = "I can only read text, and files with text or code."


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
    if message.document:
        return await _read(message.document, largest)
    replied = message.reply_to_message
    if replied and replied.document and _language(replied.document) is not None:
        return await _read(replied.document, largest)
    return Reading()


def unreadable(message: Message) -> str:
    """Return why a message can't be read, for its author; empty when it can."""
    if message.voice or message.audio or message.video_note:
        return "I can't listen to voice messages or other sound. Please write to me instead."
    if message.photo:
        return "I can't see pictures. Please describe in words what you need."
    if message.sticker or message.animation or message.video:
        return "I can't see stickers or videos. Please write to me instead."
    if message.location or message.venue or message.contact or message.poll or message.dice:
        return ONLY_TEXT
    if message.document and _language(message.document) is None:
        return f"I can't read files of this kind. {ONLY_TEXT}"
    return ""


async def _read(document: Document, largest: int) -> Reading:
    name = " ".join((document.file_name or "file").split())
    too_large = Reading(
        problem=f"“{name}” is too large for me: I read files of up to {largest // 1024:,} KB. "
        "Please send the part that matters."
    )
    if (document.file_size or 0) > largest:
        return too_large
    try:
        content = bytes(await (await document.get_file()).download_as_bytearray())
    except BadRequest:  # Telegram itself hands no larger one to bots, or has lost it
        return Reading(problem=f"Telegram did not give me “{name}”. Please send it again.")
    if len(content) > largest:
        return too_large
    text = _decoded(content)
    if text is None:
        return Reading(problem=f"“{name}” is no text in UTF-8. {ONLY_TEXT}")
    return Reading(name, fenced(name, text, _language(document) or ""))


def fenced(name: str, text: str, language: str) -> str:
    """Return a file as Markdown: its name, and below it what it holds, whatever that is."""
    longest = max((len(run) for run in re.findall("`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    return f"{name}:\n{fence}{language}\n{text.rstrip()}\n{fence}"


def _decoded(content: bytes) -> str | None:
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text.replace("\r\n", "\n")


def _language(document: Document) -> str | None:
    """Return the language of a file as its name tells it, perhaps none; None when it is no text."""
    path = PurePosixPath((document.file_name or "").lower())
    ending = path.suffix.removeprefix(".")
    if ending in LANGUAGES:
        return LANGUAGES[ending]
    if not ending and path.name in WITHOUT_ENDING:
        return WITHOUT_ENDING[path.name]
    return "" if PLAIN_TYPES.fullmatch(document.mime_type or "") else None
