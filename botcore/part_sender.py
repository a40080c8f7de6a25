"""Sends final texts to one chat, and knows what became of each."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar, cast

import structlog

from botcore.abilities import can, keys_of
from botcore.adapter import Adapter, FindsSent, Outgoing, Receipt
from botcore.domain import ConversationKey
from botcore.errors import AdapterGone, OutcomeUnknown, Refused, RetryLater
from botcore.overflow import Overflow, Place
from botcore.pacing import TokenBucket
from botcore.retry import insist
from botcore.spelling import Spelling
from botcore.store import OutboxPart, OutboxState, Store
from botcore.telemetry import Telemetry

T = TypeVar("T")
SpellingOf = Callable[[ConversationKey], Spelling]
log = structlog.get_logger(__name__)

MOST_TRIES = 3  # of a text that got lost, one after the other


class PartSender:
    """Each text arrives once: what may have arrived is looked for, or left alone."""

    def __init__(
        self,
        store: Store,
        epoch: int,
        adapter: Adapter,
        bucket: TokenBucket,
        telemetry: Telemetry,
        overflow: Overflow,
        spelling: SpellingOf,
    ) -> None:
        """`epoch`: of this process; one that was replaced meanwhile sends no final text.

        `spelling`: what a notice's commands are written by, which is put into the outbox without a bot too.
        """
        self._store = store
        self._epoch = epoch
        self._adapter = adapter
        self._bucket = bucket
        self._telemetry = telemetry
        self._overflow = overflow
        self._spelling = spelling
        self.finds = can(type(adapter), FindsSent)

    async def send(self, part: OutboxPart, receipt: Receipt | None) -> None:
        """Let a part's final text be seen. `receipt`: of its preview."""
        place = (part.turn_id, part.part)
        outgoing = Outgoing(
            key=part.key,
            text=self._spelling(part.key)(part.text) if part.is_notice else part.text,
            final=True,
            answers=part.answers,
            failed=part.failed,
            buttons=keys_of(self._adapter, part),
            only_for=part.only_for,
            delivery_id=f"{part.turn_id}/{part.part}",
        )
        if not part.text:
            await self.withdraw(place, receipt)
        elif receipt and part.is_sent:
            await self._touch_up(place, receipt, outgoing)
        elif receipt is None or not await self._finish(place, receipt, outgoing):
            await self._create_unless_there(part, outgoing)

    async def withdraw(self, place: Place, receipt: Receipt | None) -> None:
        """Take away a part that the answer no longer has."""
        if receipt:
            await self.take_away(place, receipt)
        await self.record(place, OutboxState.DEAD, receipt)

    async def take_away(self, place: Place, receipt: Receipt) -> None:
        """Let a message be seen no more; if it can't be helped, so be it."""
        try:
            await insist(
                lambda: self.call("delete", place, self._adapter.delete(receipt)),
                (RetryLater, OutcomeUnknown),
            )
        except Exception as error:
            _tell_failure(place, OutboxState.DEAD, error)

    async def record(self, place: Place, state: OutboxState, receipt: Receipt | None = None) -> None:
        """Write down how a part's sending went, however long the database does not take it.

        What was sent is not sent again because of a full disk.
        """
        await insist(lambda: self._store.record_sending(*place, state, receipt))
        if state is OutboxState.DELIVERED:
            log.info("part_sent", turn=place[0], part=place[1], platform=self._adapter.name)

    async def call(self, action: str, place: Place, call: Awaitable[T]) -> T:
        """Make a call of the adapter's, in plain sight. One that was cancelled in there may have arrived."""
        ours = asyncio.current_task()
        told = ours.cancelling() if ours else 0
        with self._telemetry.sending(self._adapter.name, action, *place):
            try:
                return await call
            except asyncio.CancelledError as error:
                if ours is None or ours.cancelling() > told:
                    raise
                # Nobody told us to end: as a cancellation it would end this chat's only sender.
                raise OutcomeUnknown from error

    async def _create_unless_there(self, part: OutboxPart, outgoing: Outgoing) -> None:
        place = (part.turn_id, part.part)
        if part.in_doubt:
            state, receipt = await self._look_for(part, outgoing)
            if state is not OutboxState.PENDING:
                await self.record(place, state, receipt)
                return
        await self._pace()
        if await insist(lambda: self._store.start_final(self._epoch, *place)):
            await self.record(place, *await self._create(part, outgoing))
        else:
            log.warning("part_not_ours_any_more", turn=part.turn_id, part=part.part)

    async def _touch_up(self, place: Place, receipt: Receipt, outgoing: Outgoing) -> None:
        """Let a message that was sent look otherwise now, as without a button; if it can't, so be it."""
        await self._pace()
        try:
            receipt = await self._edit(place, receipt, outgoing)
        except AdapterGone:
            raise
        except Exception as error:
            log.info("part_not_touched_up", turn=place[0], error=type(error).__name__)
        await self.record(place, OutboxState.DELIVERED, receipt)

    async def _finish(self, place: Place, receipt: Receipt, outgoing: Outgoing) -> bool:
        """Turn a preview into the final message. False when the preview is no longer there."""
        if self._overflow.shows(place, outgoing):
            await self.record(place, OutboxState.DELIVERED, receipt)
            return True
        await self._pace()
        state = OutboxState.DELIVERED
        try:
            receipt = await self._edit(place, receipt, outgoing)
        except Refused:
            return False
        except AdapterGone:
            raise  # it stays as it is, a preview
        except Exception as error:
            state = OutboxState.UNKNOWN
            _tell_failure(place, state, error)
        await self.record(place, state, receipt)
        return True

    async def _edit(self, place: Place, receipt: Receipt, outgoing: Outgoing) -> Receipt:
        """Edit until it works; return the receipt of what is there then."""
        moved = await insist(
            lambda: self.call("edit", place, self._adapter.edit(receipt, outgoing)),
            (RetryLater, OutcomeUnknown),
        )
        if moved is None:
            return receipt
        await self.record(place, OutboxState.CREATED, moved)
        await self.take_away(place, receipt)
        return moved

    async def _create(self, part: OutboxPart, outgoing: Outgoing) -> tuple[OutboxState, Receipt | None]:
        place = (part.turn_id, part.part)
        for _ in range(MOST_TRIES):
            try:
                return OutboxState.DELIVERED, await insist(
                    lambda: self.call("create", place, self._adapter.create(outgoing)), RetryLater
                )
            except AdapterGone:
                await self.record(place, OutboxState.PENDING)
                raise
            except Exception as error:
                state = OutboxState.DEAD if isinstance(error, Refused) else OutboxState.UNKNOWN
                _tell_failure(place, state, error)
            if state is OutboxState.DEAD or not self.finds:
                return state, None
            state, receipt = await self._look_for(part, outgoing)
            if state is not OutboxState.PENDING:
                return state, receipt
        return OutboxState.UNKNOWN, None

    async def _look_for(self, part: OutboxPart, outgoing: Outgoing) -> tuple[OutboxState, Receipt | None]:
        """Look whether a text has arrived. Pending: it surely has not, and may be sent."""
        place, adapter = (part.turn_id, part.part), cast("FindsSent", self._adapter)
        try:
            receipt = await insist(
                lambda: self.call("find", place, adapter.find_sent(outgoing, part.created_at)), RetryLater
            )
        except Exception as error:
            _tell_failure(place, OutboxState.UNKNOWN, error)
            return OutboxState.UNKNOWN, None
        return (OutboxState.DELIVERED, receipt) if receipt else (OutboxState.PENDING, None)

    async def _pace(self) -> None:
        """Wait for the chat's pace before a call that must be made."""
        if (wait := self._bucket.wait_for(1)) > 0:
            await asyncio.sleep(wait)
        self._bucket.take()


def _tell_failure(place: Place, state: OutboxState, error: Exception) -> None:
    log.warning("part_not_delivered", turn=place[0], state=state, error=type(error).__name__)
