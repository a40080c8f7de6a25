"""The codes that let somebody in: read aloud and typed by people, and not to be guessed."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets

LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ23456789"  # none that is taken for another
PAIRING_GROUPS = 2  # 10 letters, 49 bits: whoever types it is let in already
OWNER_GROUPS = 5  # 25 letters, 122 bits: everybody may try
GROUP = 5

_OWNER_CODE = re.compile(rf"(?:/start(?:@\w+)?\s+)?((?:[{LETTERS}]{{{GROUP}}}-?){{{OWNER_GROUPS}}})", re.I)


def new_pairing_code() -> str:
    """Return a code that is shown to a stranger and typed by an operator."""
    return _new(PAIRING_GROUPS)


def new_owner_code() -> str:
    """Return a code that is shown to an operator and typed to the bot by its owner."""
    return _new(OWNER_GROUPS)


def hashed(code: str) -> str:
    """Return what the database keeps of a code: it does not lead back to it."""
    return hashlib.sha256(_plain(code).encode()).hexdigest()


def is_same(known: str, given: str) -> bool:
    """Compare two hashes in a time that tells nothing of them."""
    return hmac.compare_digest(known.encode(), given.encode())


def owner_code_in(text: str) -> str | None:
    """Return the code of an owner that a message consists of, whether or not it is the right one."""
    match = _OWNER_CODE.fullmatch(text.strip())
    return match[1] if match else None


def _new(groups: int) -> str:
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(GROUP)) for _ in range(groups))


def _plain(code: str) -> str:
    return "".join(code.upper().replace("-", "").split())
