"""What fits into one message."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from botcore.markup.layout import TooLong, lay_out
from botcore.markup.spacing import gap_between
from botcore.markup.tree import Code, Document

LEAST = 64  # what a message must hold at least, so that bullets and numbers leave room for text


class TextUnit(StrEnum):
    """What a platform counts when it counts characters."""

    CHARACTERS = "characters"
    UTF16 = "utf16"  # code units: an emoji is two
    BYTES = "bytes"  # of UTF-8

    def length_of(self, text: str) -> int:
        """Return the length of a text as the platform sees it."""
        match self:
            case TextUnit.UTF16:
                return len(text.encode("utf-16-le", "surrogatepass")) // 2
            case TextUnit.BYTES:
                return len(text.encode("utf-8", "surrogatepass"))
            case TextUnit.CHARACTERS:
                return len(text)


@dataclass(frozen=True, slots=True)
class TextLimits:
    """What one message of a platform holds."""

    max_chars: int  # of the text as it is read: the styles don't count
    unit: TextUnit = TextUnit.CHARACTERS
    files: bool = False  # code that is longer can be sent as a file

    def __post_init__(self) -> None:
        if self.max_chars < LEAST:
            raise ValueError(f"A message must hold {LEAST} characters at least, not {self.max_chars}.")

    def fits(self, document: Document) -> bool:
        """Tell whether a document can be sent as one message."""
        return self._room_below(document, self.max_chars) >= 0

    def takes(self, document: Document) -> bool:
        """Tell whether a document can be sent as one message or as one file."""
        is_file = self.files and len(document) == 1 and isinstance(document[0], Code)
        return is_file or self.fits(document)

    def leading(self, document: Document) -> int:
        """Return how many of its blocks can be sent as one message; each is laid out once for that."""
        room = self.max_chars
        for count, block in enumerate(document):
            if count:
                room -= len(gap_between(document[count - 1], block))
            room = self._room_below((block,), room)
            if room < 0:
                return count
        return len(document)

    def _room_below(self, document: Document, room: int) -> int:
        """Return what is left of a room with this document in it; less than nothing if it does not fit."""
        try:
            return room - self.unit.length_of(lay_out(document, most=room).text)
        except TooLong:
            return -1
