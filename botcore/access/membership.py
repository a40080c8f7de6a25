"""Whether somebody is in a chat: asked of the platform at the moment of reading, and refused on doubt."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import structlog

from botcore.access.latest import Latest
from botcore.adapter import TellsMembership
from botcore.domain import ConversationKey
from botcore.fronts import Fronts

log = structlog.get_logger(__name__)

KEPT_SECONDS = 300.0
ASKED_SECONDS = 10.0  # at most, for an answer
REMEMBERED = 10_000


class Memberships:
    """Asks, and keeps a yes for five minutes at most."""

    def __init__(self, fronts: Fronts, clock: Callable[[], float] = time.monotonic) -> None:
        self._fronts = fronts
        self._clock = clock
        self._seen: Latest[tuple[str, str, str, str], float] = Latest(REMEMBERED)

    async def is_member(self, key: ConversationKey, user_id: str) -> bool:
        """Tell whether somebody is in a chat now; no, too, while nobody can tell."""
        return await self.find(key, user_id) or False

    async def find(self, key: ConversationKey, user_id: str) -> bool | None:
        """Tell whether somebody is in a chat now, as far as five minutes are now.

        None: nobody can tell just now.
        """
        seen = self._seen.get(_who_where(key, user_id))
        if seen is not None and self._clock() - seen < KEPT_SECONDS:
            return True
        adapter = self._fronts.find(key)
        if not isinstance(adapter, TellsMembership):
            return adapter.capabilities.trusted if adapter is not None else None
        asked = self._clock()
        try:
            async with asyncio.timeout(ASKED_SECONDS):
                is_member = await adapter.is_member(key, user_id)
        except Exception as error:
            log.warning("membership_unknown", platform=key.platform, error=type(error).__name__)
            return None
        if is_member:
            self._seen.put(_who_where(key, user_id), asked)
        return is_member


def _who_where(key: ConversationKey, user_id: str) -> tuple[str, str, str, str]:
    return key.platform, key.tenant, key.chat, user_id
