"""What one member of a group asks for comes soon, where they asked, or later, in their direct chat.

A message that one person alone sees is not sure to last, so only what is there at once is shown like that.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import structlog

from botcore.adapter import AnswersAlone
from botcore.ages import Ages
from botcore.chat_sender import TurnOver
from botcore.delivery import Delivery
from botcore.domain import ConversationKey
from botcore.store import Claim, Store

log = structlog.get_logger(__name__)

SOON_SECONDS = 10.0  # after the question; what takes longer goes to the direct chat
ASK_SECONDS = 5.0  # for the platform to tell where that is

LATER = "That takes a while. I'll send it to you alone, in our direct chat, as soon as it is ready."


@dataclass(frozen=True, slots=True)
class Alone:
    """How an answer reaches its asker, and nobody else."""

    user: str  # as the platform knows them
    direct: ConversationKey | None = None  # their direct chat, once they were told that it will come there
    link: str = ""  # to what they asked


class Promise:
    """Waits for an answer, and promises it when it does not come soon."""

    def __init__(
        self, store: Store, delivery: Delivery, adapter: AnswersAlone, claim: Claim, age: float
    ) -> None:
        """`age`: seconds since the question came."""
        self._store = store
        self._delivery = delivery
        self._adapter = adapter
        self._claim = claim
        self._over = asyncio.Event()
        self._task = asyncio.create_task(self._wait(SOON_SECONDS - age))

    def end(self) -> None:
        """Promise nothing any more."""
        self._over.set()

    async def settle(self) -> Alone:
        """Return how the answer goes, now that it is there."""
        self.end()
        event = self._claim.event
        direct = await self._task
        if direct is None:
            return Alone(event.author.id)
        link = ""
        with suppress(Exception):  # it helps, and is not needed
            async with asyncio.timeout(ASK_SECONDS):
                link = await self._adapter.link_to(event.key, event.message_id)
        return Alone(event.author.id, direct, link)

    async def _wait(self, seconds: float) -> ConversationKey | None:
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, seconds)):
                await self._over.wait()
                return None
        try:
            return await self._promise()
        except Exception as error:  # then it is shown where it was asked for, however late
            log.warning("answer_not_promised", turn=self._claim.turn_id, error=type(error).__name__)
            return None

    async def _promise(self) -> ConversationKey:
        event = self._claim.event
        async with asyncio.timeout(ASK_SECONDS):
            direct = await self._adapter.direct_chat(event.key, event.author.id)
        notice = await self._store.promise_alone(self._claim, LATER)
        self._delivery.close_turn(TurnOver(notice.turn_id, notice.key, ""))
        return direct


class Promises:
    """Makes promises for the turns of this process."""

    def __init__(self, store: Store, delivery: Delivery, ages: Ages) -> None:
        self._store = store
        self._delivery = delivery
        self._ages = ages

    @contextmanager
    def watching(self, claim: Claim, *, is_alone: bool) -> Iterator[Promise | None]:
        """Promise an answer for one person alone if it is not there soon."""
        adapter = self._delivery.answers_alone(claim.event.key) if is_alone else None
        if adapter is None:
            yield None
            return
        age = self._ages.of(claim.turn_id, claim.received_at).total_seconds()
        promise = Promise(self._store, self._delivery, adapter, claim, age)
        try:
            yield promise
        finally:
            promise.end()
