"""Telegram: polling or webhook, direct chats, groups and topics."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from botcore_telegram.adapter import TelegramAdapter

__all__ = ["TelegramAdapter"]


def __getattr__(name: str) -> object:
    """Import the adapter when it is asked for: `botcore --help` passes here and needs no Telegram."""
    if name != "TelegramAdapter":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from botcore_telegram.adapter import TelegramAdapter

    return TelegramAdapter
