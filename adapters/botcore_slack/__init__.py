"""Slack: Socket Mode or HTTP, one workspace or many."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from botcore_slack.adapter import SlackAdapter

__all__ = ["SlackAdapter"]


def __getattr__(name: str) -> object:
    """Import the adapter when it is asked for: `botcore --help` passes here and needs no Slack."""
    if name != "SlackAdapter":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from botcore_slack.adapter import SlackAdapter

    return SlackAdapter
