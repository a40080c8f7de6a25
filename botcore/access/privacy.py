"""What is kept of people, for how long, and its end. Long work is done in many short transactions."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import structlog

from botcore.config import AccessSection
from botcore.store import forms, privacy
from botcore.store.access import forget_old
from botcore.store.audit import Actor
from botcore.store.cascade import AT_ONCE
from botcore.store.database import Database
from botcore.store.privacy import Retention
from botcore.store.privacy_export import export

log = structlog.get_logger(__name__)

FIRST_SWEEP = 60.0  # seconds after the start
SWEEP_EVERY = 86_400.0
LONGEST = 36_500  # days


class Privacy:
    """Shows a person what is stored of them, forgets them, and sweeps out what is too old."""

    def __init__(
        self,
        database: Database,
        rules: AccessSection,
        send_again: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """`send_again`: called when what was sent is to look otherwise; without it that waits for a start."""
        self._database = database
        self._send_again = send_again
        self.default_days = rules.retention_days  # 0: for ever

    async def export(self, user_id: int) -> str:
        """Return everything that is stored of a person, as JSON."""
        found = await self._database.read(lambda connection: export(connection, user_id))
        return json.dumps(found, ensure_ascii=False, indent=2)

    async def forget(self, user_id: int, actor: Actor, *, but: str = "") -> int:
        """Delete what a person wrote, what was answered, and what is kept of them; count their messages.

        `but`: the turn in which they ask for this. What they may do stays, or a ban would end by it.
        """
        ids = await self._database.write(
            lambda connection: privacy.begin_forgetting(connection, user_id, but=but)
        )
        for start in range(0, len(ids), AT_ONCE):
            await self._forget_some(ids[start : start + AT_ONCE])
        await self._database.write(lambda connection: privacy.note_forgetting(connection, user_id, actor))
        if self._send_again:
            await self._send_again()
        log.info("person_forgotten", messages=len(ids))
        return len(ids)

    async def _forget_some(self, ids: list[int]) -> None:
        await self._database.write(lambda connection: privacy.forget_messages(connection, ids))

    async def retentions(self) -> list[Retention]:
        """Return every chat with how long it is remembered."""
        return await self._database.read(privacy.retentions)

    async def set_retention(self, chat_id: int, days: int | None, actor: Actor) -> None:
        """Remember a chat for so many days; None: as the configuration says, 0: for ever."""
        await self._database.write(lambda connection: privacy.set_retention(connection, chat_id, days, actor))

    def days_of(self, chat: Retention) -> int:
        """Return for how many days a chat is remembered; 0: for ever."""
        return self.default_days if chat.days is None else chat.days

    async def sweep(self, now: datetime | None = None) -> int:
        """Delete what is too old by now; return how many messages that were."""
        now, count = now or datetime.now(UTC), 0
        for chat in await self.retentions():
            if days := self.days_of(chat):
                count += await self._sweep_chat(chat.chat_id, privacy.too_old(days, now))
        await self._database.write(forget_old)
        await self._database.write(forms.sweep)
        log.info("swept", messages=count)
        return count

    async def _sweep_chat(self, chat_id: int, before: datetime) -> int:
        count = 0
        while some := await self._database.write(
            lambda connection: privacy.sweep_messages(connection, chat_id, before)
        ):
            count += some
        await self._database.write(lambda connection: privacy.sweep_rest(connection, chat_id, before))
        return count

    async def sweep_daily(self) -> None:
        """Sweep once a day until cancelled."""
        await asyncio.sleep(FIRST_SWEEP)
        while True:
            try:
                await self.sweep()
            except Exception as error:  # a database that is down; there is another day
                log.error("sweep_failed", error=type(error).__name__)
            await asyncio.sleep(SWEEP_EVERY)
