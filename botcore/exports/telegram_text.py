"""The text of a message in Telegram Desktop's export, as people read it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from botcore.exports.cleaning import clean, clean_name
from botcore.exports.fields import Unusable, text_of

NOT_EXPORTED = "("  # begins what stands for a file that was left out: "(File not included. …)"
MEDIA = {
    "animation": "animation",
    "audio_file": "audio",
    "sticker": "sticker",
    "video_file": "video",
    "video_message": "video message",
    "voice_message": "voice message",
}


def whole_text(message: Mapping[str, Any]) -> str:
    """Return what a message says and shows: where it was forwarded from, its text, its files by name."""
    said = _said(message.get("text"))
    if origin := clean_name(text_of(message, "forwarded_from")):
        said = f"[forwarded from {origin}] {said}".rstrip()
    return "\n".join([said] * bool(said.strip()) + _attached(message))


def _said(text: object) -> str:
    pieces = text if isinstance(text, list) else [text]
    return clean("".join(map(_piece, pieces)))


def _piece(piece: object) -> str:
    """Return a piece of text: plain, or an object with its kind, such as a link behind a label."""
    if piece is None:
        return ""
    if isinstance(piece, str):
        return piece
    if not isinstance(piece, dict) or not isinstance(piece.get("text"), str):
        raise Unusable('"text" must be a text, or a list of pieces')
    text: str = piece["text"]
    target = piece.get("href")
    return f"{text} ({target})" if isinstance(target, str) and target != text else text


def _attached(message: Mapping[str, Any]) -> list[str]:
    shown = []
    if "photo" in message:
        shown.append("[photo]")
    if "file" in message or "media_type" in message:
        shown.append(_file(message))
    if isinstance(poll := message.get("poll"), dict):
        question = poll.get("question")
        shown.append(f"[poll: {clean_name(question)}]" if isinstance(question, str) else "[poll]")
    if "location_information" in message:
        shown.append("[location]")
    if "contact_information" in message:
        shown.append("[contact]")
    return shown


def _file(message: Mapping[str, Any]) -> str:
    kind = MEDIA.get(text_of(message, "media_type"), "file")
    path = text_of(message, "file")
    stored = "" if path.startswith(NOT_EXPORTED) else PurePosixPath(path).name
    name = clean_name(text_of(message, "sticker_emoji") or text_of(message, "file_name") or stored)
    return f"[{kind}: {name}]" if name else f"[{kind}]"
