"""Whose rows a query may see."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scope:
    """One conversation of one tenant. There is no query of a plugin's without a scope."""

    tenant_id: int
    chat_id: int
    conversation_id: int
    thread: str
