"""What a file says, brought into a form that can be shown."""

from __future__ import annotations

MOST_CHARACTERS = 120


def shown(said: str) -> str:
    """Return a file's own words fit for a terminal: cut, and without characters that control one."""
    cut = said if len(said) <= MOST_CHARACTERS else f"{said[:MOST_CHARACTERS]}…"
    return "".join(letter if letter.isprintable() else "?" for letter in cut)
