"""A conversation as a plugin sees it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from botcore.domain import ConversationKey, Message
from botcore.engine import ModelMessage

if TYPE_CHECKING:
    from botcore.access.reading import LedgerReader
    from botcore.store import Scope, Store


@dataclass(frozen=True, slots=True)
class Conversation:
    """A place where the bot talks, seen from the turn that is being answered."""

    key: ConversationKey
    question: str  # the text of the message being answered
    scope: Scope
    before: int  # the inbox row being answered: nothing from it on is shown
    _store: Store
    _reader: LedgerReader  # the only way to a ledger

    async def history(self, limit: int = 50) -> list[ModelMessage]:
        """Return the last `limit` answered turns, oldest first, as pairs of user and assistant."""
        return await self._store.history(self.scope, before=self.before, limit=limit)

    async def ledger(
        self, *, last: int = 200, commands: bool = False, chat: str | None = None
    ) -> list[Message]:
        """Return the last `last` messages said here, oldest first, or in another `chat` of the platform.

        The message being answered is left out, and so are, unless `commands` says otherwise, commands to
        the bot and its answers to them. Raise `NotFound` when who asks is not a member of the chat now.
        """
        scope = await self._reader.scope(chat)
        return await self._store.ledger(scope, before=self.before, last=last, commands=commands)
