"""Text with entities, as Telegram takes it in: cleaned, checked, trimmed, and linked on its own."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from tests.fakes.telegram.errors import bad_request

MOST_ENTITIES = 100  # of a message; what comes after is left out
LONGEST = 4096  # UTF-16 code units of a message
TYPES = frozenset(
    {
        "mention",
        "hashtag",
        "cashtag",
        "bot_command",
        "url",
        "email",
        "phone_number",
        "bold",
        "italic",
        "underline",
        "strikethrough",
        "spoiler",
        "blockquote",
        "expandable_blockquote",
        "code",
        "pre",
        "text_link",
        "text_mention",
        "custom_emoji",
        "date_time",
    }
)
STYLES = frozenset({"bold", "italic", "underline", "strikethrough", "spoiler"})
CODE = frozenset({"code", "pre"})
_REMOVED = re.compile("[\r\u2028-\u202e\u0333\u033f\u030a]")
_SPACES = re.compile("[\x00-\x09\x0b\x0c\x0e-\x1f]")
_INVISIBLE = re.compile(
    "[\\s\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f\u2800\u3000\u3164\ufeff]*"
)
_DOMAIN = r"(?:[a-z0-9-]+\.)+(?:com|org|net|io|de|ru|me)"  # of those that are linked without http
_FOUND_ALONE = [
    (
        "url",
        re.compile(
            rf"(?<![\w@/.])(?:https?://[^\s<>\"]+|{_DOMAIN}(?:/[^\s<>\"]*)?)(?<![.,:;!?)])", re.IGNORECASE
        ),
    ),
    ("email", re.compile(r"(?<![\w.+-])[\w.+-]+@(?:[a-z0-9-]+\.)+[a-z]{2,}", re.IGNORECASE)),
    ("mention", re.compile(r"(?<![\w/])@[A-Za-z0-9_]{3,32}(?!\w)")),
    ("bot_command", re.compile(r"(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/<>])")),
    ("hashtag", re.compile(r"(?<!\w)#\w*[^\W\d_]\w*")),
]


@dataclass(frozen=True, slots=True)
class Entity:
    """A stretch of a text, counted in UTF-16 code units."""

    type: str
    offset: int
    length: int
    url: str = ""
    language: str = ""
    user: int = 0

    @property
    def end(self) -> int:
        return self.offset + self.length

    def json(self) -> dict[str, Any]:
        body: dict[str, Any] = {"type": self.type, "offset": self.offset, "length": self.length}
        if self.url:
            body["url"] = self.url
        if self.language:
            body["language"] = self.language
        if self.user:
            body["user"] = {"id": self.user, "is_bot": False, "first_name": str(self.user)}
        return body


@dataclass(frozen=True, slots=True)
class Formatted:
    """A text as it is kept and shown."""

    text: str
    entities: tuple[Entity, ...] = ()

    def under(self, entity: Entity) -> str:
        """Return what an entity covers."""
        units = self.text.encode("utf-16-le")
        return units[2 * entity.offset : 2 * entity.end].decode("utf-16-le")


def units(text: str) -> int:
    """Return how long Telegram says a text is."""
    return len(text) + sum(character > "\uffff" for character in text)


def read_entities(raw: object) -> list[Entity]:
    """Read the parameter `entities`."""
    if not isinstance(raw, list):
        raise bad_request("can't parse entities JSON object")
    return [_read_entity(one) for one in raw]


def _read_entity(raw: Any) -> Entity:
    if not isinstance(raw, dict):
        raise bad_request("can't parse MessageEntity: Expected an Object")
    for name in ("type", "offset", "length"):
        if name not in raw:
            raise bad_request(f"can't parse MessageEntity: Can't find field \"{name}\"")
    if raw["type"] not in TYPES:
        raise bad_request("can't parse MessageEntity: Unsupported type specified")
    if raw["type"] == "text_link" and not raw.get("url"):
        raise bad_request("can't parse MessageEntity: Can't find field \"url\"")
    entity = Entity(
        raw["type"],
        raw["offset"],
        raw["length"],
        raw.get("url") or "",
        raw.get("language") or "",
        (raw.get("user") or {}).get("id", 0),
    )
    if not 0 <= entity.offset <= 1_000_000:
        raise bad_request(f"receive an entity with incorrect offset {entity.offset}")
    if not 0 <= entity.length <= 1_000_000:
        raise bad_request(f"receive an entity with incorrect length {entity.length}")
    return entity


def taken_in(text: str, entities: list[Entity], *, longest: int = LONGEST) -> Formatted:
    """Return a text as Telegram keeps it, or raise why it does not take it."""
    if not text:
        raise bad_request("message text is empty")
    boundaries = _boundaries(text)
    for entity in entities:
        _check_place(entity, boundaries)
    entities = [entity for entity in entities if entity.length][:MOST_ENTITIES]
    formatted = _trimmed(_cleaned(text, entities))
    if _INVISIBLE.fullmatch(formatted.text):
        raise bad_request("text must be non-empty")
    if units(formatted.text) > longest:
        raise bad_request("message is too long")
    return with_found(formatted)


def _boundaries(text: str) -> list[int]:
    """Return the offset of every character in UTF-16 code units, and that of the end."""
    offsets, offset = [], 0
    for character in text:
        offsets.append(offset)
        offset += 1 + (character > "\uffff")
    return [*offsets, offset]


def _check_place(entity: Entity, boundaries: list[int]) -> None:
    known = set(boundaries)
    if entity.offset > boundaries[-1] or (entity.length and entity.offset == boundaries[-1]):
        raise bad_request(f"entity begins after the end of the text at UTF-16 offset {entity.offset}")
    if entity.end > boundaries[-1]:
        raise bad_request(
            f"entity beginning at UTF-16 offset {entity.offset} ends after the end of the text "
            f"at UTF-16 offset {entity.end}"
        )
    if entity.offset not in known:
        raise bad_request(f"entity begins in a middle of a UTF-16 symbol at byte offset {entity.offset}")
    if entity.end not in known:
        raise bad_request(
            f"entity beginning at UTF-16 offset {entity.offset} ends in a middle of a UTF-16 symbol "
            f"at byte offset {entity.end}"
        )


def _cleaned(text: str, entities: list[Entity]) -> Formatted:
    """Take out what Telegram never shows; control characters become spaces."""
    gone = {_boundaries(text)[found.start()] for found in _REMOVED.finditer(text)}

    def moved(offset: int) -> int:
        return offset - sum(place < offset for place in gone)

    kept = [
        replace(entity, offset=moved(entity.offset), length=moved(entity.end) - moved(entity.offset))
        for entity in entities
    ]
    return Formatted(
        _SPACES.sub(" ", _REMOVED.sub("", text)), tuple(entity for entity in kept if entity.length)
    )


def _trimmed(formatted: Formatted) -> Formatted:
    """Cut white space off both ends, at the beginning only up to the first entity."""
    text = formatted.text.rstrip(" \n")
    first = min((entity.offset for entity in formatted.entities), default=units(text))
    cut = min(len(text) - len(text.lstrip(" \n")), first)
    entities = [replace(entity, offset=entity.offset - cut) for entity in formatted.entities]
    end = units(text) - cut
    entities = [replace(entity, length=min(entity.end, end) - entity.offset) for entity in entities]
    kept = Formatted(text[cut:], tuple(sorted(entities, key=lambda e: (e.offset, -e.length))))
    return replace(kept, entities=tuple(e for e in kept.entities if _is_kept(kept, e)))


def _is_kept(formatted: Formatted, entity: Entity) -> bool:
    """Whether an entity covers something, and is no style within code."""
    if entity.length <= 0 or not formatted.under(entity).strip(" \n"):
        return False
    return entity.type not in STYLES or not any(
        code.type in CODE and code.offset <= entity.offset and entity.end <= code.end
        for code in formatted.entities
    )


def with_found(formatted: Formatted) -> Formatted:
    """Add what Telegram finds by itself: names, addresses, commands; never within code or a link."""
    taken = [e for e in formatted.entities if e.type not in STYLES and "quote" not in e.type]
    boundaries = _boundaries(formatted.text)
    for kind, pattern in _FOUND_ALONE:
        for found in pattern.finditer(formatted.text):
            offset, end = boundaries[found.start()], boundaries[found.end()]
            if not any(offset < other.end and other.offset < end for other in taken):
                taken.append(Entity(kind, offset, end - offset))
    kept = [e for e in formatted.entities if e not in taken]
    return replace(formatted, entities=tuple(sorted([*kept, *taken], key=lambda e: (e.offset, -e.length))))
