"""What a file says, brought into a form that can be shown."""

from __future__ import annotations

from pydantic import ValidationError

MOST_CHARACTERS = 120


def shown(said: str) -> str:
    """Return a file's own words fit for a terminal: cut, and without characters that control one."""
    cut = said if len(said) <= MOST_CHARACTERS else f"{said[:MOST_CHARACTERS]}…"
    return "".join(letter if letter.isprintable() else "?" for letter in cut)


def explained(error: ValidationError) -> str:
    """Return where the first wrong value stands, and what it should be."""
    first = error.errors()[0]
    where = shown(".".join(map(str, first["loc"])))
    said = first["msg"].removeprefix("Value error, ")  # which pydantic puts before our own words
    return f"{where}: {said}" if where else said
