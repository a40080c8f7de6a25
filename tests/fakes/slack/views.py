"""What an app draws beside messages."""

from __future__ import annotations

from dataclasses import dataclass

from tests.fakes.slack.accounts import Json, Team, User


@dataclass(slots=True, eq=False)
class View:
    """A modal or an App Home."""

    id: str
    kind: str  # "modal" or "home"
    body: Json  # as the app sent it
    app_id: str
    user: User
    team: Team
    hash: str
    root_id: str
    previous_id: str | None = None
    is_open: bool = True

    def json(self, state: Json | None = None) -> Json:
        plain: Json = {
            "id": self.id,
            "team_id": self.team.id,
            "app_id": self.app_id,
            "app_installed_team_id": self.team.id,
            "bot_id": "",
            "type": self.kind,
            "blocks": self.body.get("blocks", []),
            "private_metadata": self.body.get("private_metadata", ""),
            "callback_id": self.body.get("callback_id", ""),
            "external_id": self.body.get("external_id", ""),
            "state": {"values": state or {}},
            "hash": self.hash,
            "clear_on_close": bool(self.body.get("clear_on_close")),
            "notify_on_close": bool(self.body.get("notify_on_close")),
            "root_view_id": self.root_id,
            "previous_view_id": self.previous_id,
        }
        if self.kind == "modal":
            plain |= {name: self.body.get(name) for name in ("title", "close", "submit")}
            plain["submit_disabled"] = False
        return plain
