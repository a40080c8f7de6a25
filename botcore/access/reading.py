"""Which chat's ledger a turn may read. There is no other way to a ledger."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from botcore.access.gate import Gate
from botcore.access.membership import KEPT_SECONDS, Memberships
from botcore.access.past import Past
from botcore.domain import ConversationKey, InboundEvent
from botcore.errors import NotFound
from botcore.fronts import Fronts
from botcore.store import Scope, Store


@dataclass(frozen=True, slots=True)
class LedgerReader:
    """Reads for the author of one message, and shows nothing of a chat that they are not in."""

    event: InboundEvent
    own: Scope  # of the conversation in which they wrote
    store: Store
    gate: Gate
    memberships: Memberships
    fronts: Fronts
    past: Past

    async def scope(self, chat: str | None) -> Scope:
        """Return where a chat's ledger is, by default that of their own; raise `NotFound`.

        The same is done and said whether a chat does not exist, was not allowed, or is not theirs.
        """
        if chat is None or chat == self.event.key.chat:
            await self._check_own()
            # Who writes outside of threads, and is answered in one below, asks about what is said outside.
            return replace(self.own, thread="") if self._begins_thread() else self.own
        key = self._elsewhere(chat)
        is_member = await self.memberships.is_member(key, self.event.author.id)
        scope = await self.store.find_scope(key)
        if not is_member or not await self.gate.is_allowed(key):
            raise NotFound
        if scope is None and self.past.can_read(key):
            scope = await self.store.open_scope(key)
        if scope is None:
            raise NotFound
        return scope

    async def fill(self, scope: Scope, chat: str | None, last: int, *, threads: bool) -> str:
        """Have the platform tell what the ledger lacks of a place they may read; return what is missing.

        `threads`: with the threads below its messages.
        """
        key = self.event.key if chat is None else self._elsewhere(chat)
        return await self.past.fill(scope, key, last, threads=threads)

    async def joined_thread(self, last: int) -> Scope | None:
        """Return the thread that they have called the bot into, if people began it among themselves.

        Nobody waits here for what the platform gives slowly.
        """
        key = self.event.key
        if self.event.direct or not key.thread or self._begins_thread():
            return None
        tells_more = self.past.can_read(key)
        if not tells_more and not await self.store.is_joined(key):
            return None
        try:
            await self._check_own()
        except NotFound:  # the question is answered without it
            return None
        await self.past.fill(self.own, key, last, patience=0.0)
        return self.own if await self.store.is_joined(key) else None

    def _elsewhere(self, chat: str) -> ConversationKey:
        return replace(self.event.key, chat=chat, thread="")

    async def unheard(self, chat: str | None) -> str:
        """Return what the platform keeps from the bot in a chat; empty when that is nothing."""
        key = self.event.key if chat is None else self._elsewhere(chat)
        return await self.fronts.unheard(key)

    def _begins_thread(self) -> bool:
        return bool(self.own.thread) and self.own.thread == self.event.message_id

    async def _check_own(self) -> None:
        """Where they have just written they are; a message that waited for long may be another matter."""
        key, author = self.event.key, self.event.author
        if self.event.direct or self.gate.is_trusted(key):
            return
        age = (datetime.now(UTC) - self.event.sent_at).total_seconds()
        if 0 <= age < KEPT_SECONDS:
            return
        if not await self.memberships.is_member(key, author.id):
            raise NotFound
