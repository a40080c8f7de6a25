"""Whose bot hears what Slack tells: a workspace, perhaps of a larger organisation, perhaps with guests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a body belongs."""

    tenant: str  # the workspace whose bot hears it, not that of who wrote
    enterprise: str = ""  # the organisation that the workspace belongs to, if any
    app: str = ""  # as what the bot's own messages are marked
    bot_user: str = ""  # how people there mention the bot, if the body tells
    is_shared: bool = False  # the channel is shared with another organisation


@dataclass(frozen=True, slots=True)
class Who:
    """A person or bot as a body tells of them. Their name may not be among that."""

    user: str
    team: str = ""  # their workspace or organisation, if that is told
    name: str = ""
    is_bot: bool = False


def origin_of(body: Facts) -> Origin | None:
    """Return whose bot hears a body; None when that is not told."""
    granted = _first(body.get("authorizations"))
    tenant = _first_workspace(
        _dict(body.get("view")).get("app_installed_team_id"),
        granted.get("team_id"),
        _dict(body.get("team")).get("id"),
        body.get("context_team_id"),
        body.get("team_id"),
        _dict(body.get("user")).get("team_id"),
    )
    if not tenant:
        return None
    enterprise = (
        granted.get("enterprise_id")
        or _dict(body.get("enterprise")).get("id")
        or _dict(body.get("team")).get("enterprise_id")
        or ("" if granted else body.get("enterprise_id"))
    )
    return Origin(
        tenant=tenant,
        enterprise=text_of(enterprise),
        app=text_of(body.get("api_app_id")),
        bot_user=text_of(granted.get("user_id")) if granted.get("is_bot") else "",
        is_shared=body.get("is_ext_shared_channel") is True,
    )


def text_of(value: object) -> str:
    """Return a text as Slack tells it; nothing when it tells none."""
    return value if isinstance(value, str) else ""


def _dict(value: object) -> Facts:
    return value if isinstance(value, Mapping) else {}


def _first(value: object) -> Facts:
    return _dict(value[0]) if isinstance(value, list) and value else {}


def _first_workspace(*ids: object) -> str:
    """Return the first that is a workspace: where an organisation is told too, its id begins with E."""
    known = [text_of(one) for one in ids if text_of(one)]
    return next((one for one in known if not one.startswith("E")), known[0] if known else "")
