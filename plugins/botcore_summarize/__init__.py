"""Summaries of conversations and of exported threads, with every line's sources checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from botcore_summarize.chat_command import plugin

__all__ = ["plugin"]


def __getattr__(name: str) -> object:
    """Import the plugin when it is asked for: `botcore --help` passes here and needs none of it."""
    if name != "plugin":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from botcore_summarize.chat_command import plugin

    return plugin
