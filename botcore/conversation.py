"""A conversation as a plugin sees it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from botcore.domain import ConversationKey
from botcore.engine import ModelMessage

if TYPE_CHECKING:
    from botcore.store import Scope, Store


@dataclass(frozen=True, slots=True)
class Conversation:
    """A place where the bot talks, seen from the turn that is being answered."""

    key: ConversationKey
    question: str  # the text of the message being answered
    scope: Scope
    before: int  # the inbox row being answered: nothing from it on is shown
    _store: Store

    async def history(self, limit: int = 50) -> list[ModelMessage]:
        """Return the last `limit` answered turns, oldest first, as pairs of user and assistant."""
        return await self._store.history(self.scope, before=self.before, limit=limit)
