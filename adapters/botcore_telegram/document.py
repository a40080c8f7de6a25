"""How long a message may be, as Telegram counts."""

from __future__ import annotations

LONGEST = 4096  # UTF-16 units of a message


def length(text: str) -> int:
    """Return how long a text is as Telegram counts."""
    return len(text) + sum(ord(character) > 0xFFFF for character in text)
