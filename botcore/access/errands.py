"""What somebody may come for who is not let in otherwise."""

from __future__ import annotations

import re
from enum import StrEnum

from botcore.domain import InboundEvent


class Errand(StrEnum):
    """What a message is for, by its first word."""

    ADMIT = "access"  # an owner or admin lets in the group that they write in
    PRIVACY = "privacy"  # a member of an allowed group sees to what is kept of them, in a direct chat
    FETCH = "start"  # and fetches there what they asked for in the group, by the token in its link


_COMMAND = re.compile(r"/(?:(access|privacy)(?:@\w+)?(?:\s|$)|(start)(?:@\w+)?\s+\S)", re.IGNORECASE)


def errand_of(event: InboundEvent) -> Errand | None:
    """Return what a message to the bot is for, if it is one of these."""
    match = _COMMAND.match(event.text) if event.addressed else None
    return Errand((match[1] or match[2]).lower()) if match else None
