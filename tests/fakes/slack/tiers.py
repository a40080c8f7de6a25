"""How often Slack lets an app call a method, in each workspace."""

from __future__ import annotations

from collections.abc import Mapping

from tests.fakes.pace import Pace

A_MINUTE: Mapping[int, int] = {2: 20, 3: 50, 4: 100}  # calls, by tier
BURST = 5  # Slack lets a fifth of a minute's calls come at once; it does not say how many exactly
TIERS: Mapping[str, int] = {
    "bots.info": 3,
    "chat.appendstream": 4,
    "chat.delete": 3,
    "chat.postephemeral": 4,
    "chat.startstream": 2,
    "chat.stopstream": 2,
    "chat.update": 3,
    "conversations.history": 3,
    "conversations.info": 3,
    "conversations.list": 2,
    "conversations.members": 4,
    "conversations.open": 3,
    "conversations.replies": 3,
    "files.completeuploadexternal": 4,
    "files.getuploadurlexternal": 4,
    "files.info": 4,
    "team.info": 3,
    "users.info": 4,
    "views.open": 4,
    "views.publish": 4,
    "views.push": 4,
    "views.update": 4,
}


def paces() -> dict[str, Pace]:
    """Return the pace of each method that has one."""
    return {method: Pace(60 / A_MINUTE[tier], A_MINUTE[tier] // BURST) for method, tier in TIERS.items()}
