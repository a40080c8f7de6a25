"""The keys that tokens are encrypted with where they are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet


def read_keys(text: str) -> MultiFernet:
    """Read keys that commas or white space separate: the first encrypts, and each may decrypt.

    Raise `ValueError` for what is no key; its text does not show it.
    """
    from cryptography.fernet import Fernet, MultiFernet

    parts = text.replace(",", " ").split()
    if not parts:
        raise ValueError("it is empty; `botcore slack new-key` makes a key")
    try:
        return MultiFernet([Fernet(part) for part in parts])
    except ValueError:
        raise ValueError("it should be one or more keys as `botcore slack new-key` makes them") from None


def new_key() -> str:
    """Return a new key."""
    from cryptography.fernet import Fernet

    return Fernet.generate_key().decode()
