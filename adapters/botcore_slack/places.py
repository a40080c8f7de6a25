"""Where a message of the bot's is, as its receipt keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from botcore import Receipt


class Sort(StrEnum):
    """What Slack lets be done with a message."""

    MESSAGE = ""
    ALONE = "alone"  # one person sees it, until they reload; only a response URL changes it
    FILE = "file"  # known by the file's id; it can be deleted and nothing else
    NOTE = "note"  # below a file, with its buttons
    BEGINNING = "beginning"  # in the place of a file that could not be shown


@dataclass(frozen=True, slots=True)
class Place:
    """Where, and what is there."""

    tenant: str
    channel: str
    sort: Sort = Sort.MESSAGE

    @classmethod
    def of(cls, receipt: Receipt) -> Place:
        """Read a receipt's place."""
        tenant, channel, sort = f"{receipt.place}//".split("/")[:3]
        return cls(tenant, channel, Sort(sort))

    def receipt(self, message_id: str) -> Receipt:
        """Return a receipt for a message that is here."""
        return Receipt(message_id, "/".join(filter(None, (self.tenant, self.channel, self.sort))))


def person_of(user_id: str, tenant: str) -> tuple[str, str]:
    """Return somebody's workspace and their id there; of another workspace's people both are known."""
    team, _, user = user_id.rpartition(":")
    return team or tenant, user
