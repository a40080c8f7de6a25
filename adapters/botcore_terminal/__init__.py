"""Chat in the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from botcore_terminal.adapter import TerminalAdapter

__all__ = ["TerminalAdapter"]


def __getattr__(name: str) -> object:
    """Import the adapter when it is asked for: `botcore --help` passes here and needs no terminal library."""
    if name != "TerminalAdapter":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from botcore_terminal.adapter import TerminalAdapter

    return TerminalAdapter
