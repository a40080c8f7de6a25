"""What a message says, as text: the same as an import of Telegram's export makes of it."""

from __future__ import annotations

from collections.abc import Iterator

from telegram import Message, MessageEntity, MessageOriginUser
from telegram.constants import MessageEntityType as Kind

FENCE = "```"
LONGEST_QUOTE = 4000  # characters


def whole_text(message: Message, *, without: tuple[MessageEntity, ...] = ()) -> str:
    """Return what a message says and shows: where it comes from, its text, its files by name.

    `without`: mentions that are left out of the text.
    """
    said = text_of(message, without=without).strip()
    if origin := _origin(message):
        said = f"[forwarded from {origin}] {said}".rstrip()
    return "\n".join([said] * bool(said) + list(_attached(message)))


def text_of(message: Message, *, without: tuple[MessageEntity, ...] = ()) -> str:
    """Return the text, in which blocks of code are fenced and links have their addresses again."""
    text = message.text or message.caption or ""
    entities = message.entities or message.caption_entities
    if not entities:
        return text
    units = text.encode("utf-16-le")
    pieces, done = [], 0
    for entity in sorted(entities, key=lambda entity: entity.offset):
        start, end = entity.offset, entity.offset + entity.length
        shown = units[2 * start : 2 * end].decode("utf-16-le", "replace")
        written = "" if entity in without else _written(entity, shown)
        if written == shown or start < done:  # one within another is part of it
            continue
        before = units[2 * done : 2 * start].decode("utf-16-le", "replace")
        pieces += [_spaced(before, written), written]
        done = end
    rest = units[2 * done :].decode("utf-16-le", "replace")
    return "".join([*pieces, rest.lstrip(" ,:") if not "".join(pieces).strip() else rest])


def quoted(message: Message, *, own: int) -> str:
    """Return what a message answers, as a quote, unless the bot itself said all of it; `own`: its id."""
    replied = message.reply_to_message
    if message.quote:  # a part that was chosen
        said, who = message.quote.text, replied.from_user if replied else None
    elif replied and replied.from_user and replied.from_user.id != own and not replied.forum_topic_created:
        said, who = text_of(replied).strip(), replied.from_user
    else:
        return ""
    if not said:
        return ""
    name = " ".join(who.full_name.split()) if who else "somebody"
    lines = "\n".join(f"> {line}".rstrip() for line in said[:LONGEST_QUOTE].splitlines())
    return f"{name} wrote:\n{lines}"


def _written(entity: MessageEntity, shown: str) -> str:
    if entity.type == Kind.PRE:
        return f"{FENCE}{entity.language or ''}\n{shown}\n{FENCE}\n"
    if entity.type == Kind.TEXT_LINK and entity.url and entity.url != shown:
        return f"{shown} ({entity.url})"
    return shown


def _spaced(before: str, written: str) -> str:
    """Let a fence begin a line, and leave one space where a mention was."""
    if written.startswith(FENCE) and before and not before.endswith("\n"):
        return before + "\n"
    return before.rstrip(" ") if not written else before


def _origin(message: Message) -> str:
    origin = message.forward_origin
    if origin is None:
        return ""
    if isinstance(origin, MessageOriginUser):
        return " ".join(origin.sender_user.full_name.split())
    name = getattr(origin, "sender_user_name", None)
    chat = getattr(origin, "sender_chat", None) or getattr(origin, "chat", None)
    return " ".join((name or (chat.effective_name if chat else "") or "").split())


def _attached(message: Message) -> Iterator[str]:
    if message.photo:
        yield "[photo]"
    for kind, file in _files(message):
        name = getattr(file, "emoji", None) if kind == "sticker" else getattr(file, "file_name", None)
        yield f"[{kind}: {' '.join(name.split())}]" if name else f"[{kind}]"
    if message.poll:
        yield f"[poll: {' '.join(message.poll.question.split())}]"
    if message.location or message.venue:
        yield "[location]"
    if message.contact:
        yield "[contact]"


def _files(message: Message) -> Iterator[tuple[str, object]]:
    kinds = {
        "animation": message.animation,
        "audio": message.audio,
        "sticker": message.sticker,
        "video": message.video,
        "video message": message.video_note,
        "voice message": message.voice,
        "file": None if message.animation else message.document,  # an animation comes as both
    }
    yield from ((kind, file) for kind, file in kinds.items() if file)
