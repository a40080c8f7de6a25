"""What a settings class may say about its fields."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OperatorOnly:
    """A field that only botcore.toml sets, and nobody in a chat: ``Annotated[int, OperatorOnly()]``."""
