"""Workspaces and who is in them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Enterprise:
    """A Grid: an organization of several workspaces."""

    id: str
    name: str


@dataclass(slots=True, eq=False)
class Team:
    """A workspace."""

    id: str
    name: str
    domain: str
    enterprise: Enterprise | None = None
    edit_window: float | None = None  # seconds in which a message can be edited; None: for ever
    url: str = ""  # of its pages, ending in a slash

    @property
    def enterprise_id(self) -> str | None:
        return self.enterprise.id if self.enterprise else None


@dataclass(slots=True, eq=False)
class User:
    """A person or a bot's user, as others see them."""

    id: str
    team: Team = field(repr=False)
    name: str  # the handle
    real_name: str
    is_bot: bool = False
    deleted: bool = False
    bot_id: str = ""
    display_name: str = ""

    def json(self) -> Json:
        body: Json = {
            "id": self.id,
            "team_id": self.team.id,
            "name": self.name,
            "deleted": self.deleted,
            "real_name": self.real_name,
            "tz": "Europe/Berlin",
            "tz_label": "Central European Time",
            "tz_offset": 3600,
            "profile": {
                "real_name": self.real_name,
                "display_name": self.display_name,
                "team": self.team.id,
            },
            "is_admin": False,
            "is_owner": False,
            "is_restricted": False,
            "is_ultra_restricted": False,
            "is_bot": self.is_bot,
            "is_app_user": False,
            "updated": 1_700_000_000,
        }
        if self.is_bot:
            body["profile"]["bot_id"] = self.bot_id
        if enterprise := self.team.enterprise:
            body["enterprise_user"] = {
                "id": self.id,
                "enterprise_id": enterprise.id,
                "enterprise_name": enterprise.name,
                "teams": [self.team.id],
            }
        return body
