"""Sends to one chat: what goes out there keeps its order and its pace."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from contextlib import suppress
from contextvars import Context
from dataclasses import dataclass, field, replace
from typing import TypeVar, cast

import structlog

from botcore.abilities import can, mode_of
from botcore.adapter import Adapter, Drafts, HearsTurnOver, Outgoing, Receipt, StreamMode
from botcore.domain import ConversationKey
from botcore.errors import AdapterGone, Refused, RetryLater
from botcore.markup.parse import parse
from botcore.overflow import Overflow, last_piece
from botcore.pacing import TokenBucket
from botcore.part_sender import PartSender, SpellingOf
from botcore.retry import insist
from botcore.store import OutboxPart, OutboxState, Scope, Store
from botcore.telemetry import Telemetry

T = TypeVar("T")
log = structlog.get_logger(__name__)

DRAFT_SECONDS = 20.0  # after so long a draft is shown again; Telegram's fade after 30
# An answer that is whole by then is shown at once, for one call and one commit less. Nobody sees the wait.
HOLD_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class TurnOver:
    """A turn whose final parts are in the outbox."""

    turn_id: str
    key: ConversationKey
    message_id: str  # of the message it answers
    since: float = field(default_factory=time.monotonic, compare=False)  # when it was over
    is_stale: bool = False  # what it rests on has changed, and it does not say so yet


@dataclass(frozen=True, slots=True)
class Preview:
    """What a part looks like so far."""

    scope: Scope
    turn_id: str
    part: int
    outgoing: Outgoing


class ChatSender:
    """Sends to one chat until there is nothing left to send."""

    def __init__(
        self,
        store: Store,
        epoch: int,
        adapter: Adapter,
        bucket: TokenBucket,
        telemetry: Telemetry,
        spelling: SpellingOf,
    ) -> None:
        self._store = store
        self._epoch = epoch
        self.adapter = adapter
        self._bucket = bucket
        self._telemetry = telemetry
        self._finals: deque[TurnOver] = deque()
        self.in_doubt: set[str] = set()  # turns of which something is looked for
        self._previews: dict[tuple[str, int], Preview] = {}
        self._receipts: dict[tuple[str, int], Receipt] = {}  # of parts whose final is still to come
        self._drafts: dict[tuple[str, int], Preview] = {}  # what is shown of such parts, without a receipt
        self._begun: dict[str, float] = {}  # when the first preview of a turn was offered
        self._overflow = Overflow()
        self._parts = PartSender(store, epoch, adapter, bucket, telemetry, self._overflow, spelling)
        self._news = asyncio.Event()
        self._finishing = False
        # A context of its own: it outlives the turn that begins it, and serves others.
        self.task = asyncio.create_task(self._run(), context=Context())

    def offer(self, preview: Preview) -> None:
        """Take a preview; only the newest of a part counts."""
        place = (preview.turn_id, preview.part)
        if place in self._previews:
            self._telemetry.preview_dropped(self.adapter.name)
        self._previews[place] = preview
        self._begun.setdefault(preview.turn_id, time.monotonic())
        self._news.set()

    def enqueue(self, over: TurnOver, *, in_doubt: bool = False) -> None:
        """Take a turn whose final parts must go out. `in_doubt`: some may have arrived."""
        self._finals.append(over)
        if in_doubt:
            self.in_doubt.add(over.turn_id)
        self._news.set()

    def finish(self) -> None:
        """End once everything is sent; no turn will come back for its previews."""
        self._finishing = True
        self._news.set()

    def leave(self) -> None:
        """End with what is being sent; the rest is in the outbox, for the adapter that comes next."""
        self._finals.clear()
        self._previews.clear()
        self.finish()

    async def _run(self) -> None:
        while self._finals or self._previews or (self._is_expecting and not self._finishing):
            if self._finals:
                await self._end_turn_or_tell(self._finals.popleft())
            elif self._previews:
                await self._show_when_due()
            else:
                await self._wait_for_a_turn()

    @property
    def _is_expecting(self) -> bool:
        """Whether the final text of something that is shown is still to come."""
        return bool(self._receipts or self._drafts)

    async def _end_turn_or_tell(self, over: TurnOver) -> None:
        """Send what a turn has to say; if it can't be, that holds up no other turn of the chat."""
        try:
            await self._end_turn(over)
        except AdapterGone:
            return  # it waits for the one that comes next
        except Exception as error:
            log.error("delivery_broke_off", turn=over.turn_id, error=type(error).__name__, exc_info=True)

    async def _end_turn(self, over: TurnOver) -> None:
        if over.is_stale:  # marked here, where nothing of it is on its way
            await insist(lambda: self._store.mark_stale(over.turn_id, self._fits))
        # Read here and not when the turn closed: a preview may have been on its way then.
        finds = self._parts.finds
        for part in await insist(lambda: self._store.parts_of(over.turn_id, in_doubt=finds)):
            await self._send_final(part)
        self.in_doubt.discard(over.turn_id)
        for shown in (self._previews, self._drafts):
            for place in [place for place in shown if place[0] == over.turn_id]:
                del shown[place]
        self._begun.pop(over.turn_id, None)
        self._overflow.forget(over.turn_id)
        for place in [place for place in self._receipts if place[0] == over.turn_id]:
            await self._parts.withdraw(place, self._receipts.pop(place))
        self._telemetry.delivered(time.monotonic() - over.since)
        if can(type(self.adapter), HearsTurnOver):
            try:
                await cast("HearsTurnOver", self.adapter).turn_over(over.key, over.message_id)
            except Exception as error:
                log.error("adapter_failed_to_hear_the_end", turn=over.turn_id, error=type(error).__name__)

    def _fits(self, text: str) -> bool:
        """Tell whether a text can be one message."""
        limits = self.adapter.capabilities.limits
        return limits is None or limits.takes(parse(text))

    async def _show_when_due(self) -> None:
        """Show a preview at the chat's pace, unless something final comes first."""
        self._news.clear()
        # One token is left for a final text, which should not wait because of its own previews.
        if (wait := max(self._bucket.wait_for(2), self._held_back())) > 0:
            await self._wait_for_news(wait)
            return
        preview = self._previews.pop(next(iter(self._previews)))
        try:
            piece = await self._next_piece(preview)
            beginning = piece if self._is_drawn(piece) else _beginning_of(piece)
            if beginning:
                self._bucket.take()
                await self._show(beginning)
            if beginning and beginning is not piece and not self._finishing:
                # Its last word comes next.
                self._previews.setdefault((preview.turn_id, preview.part), preview)
        except Exception as error:
            log.info("preview_dropped", turn=preview.turn_id, error=type(error).__name__)
            self._telemetry.preview_dropped(self.adapter.name)
            if isinstance(error, RetryLater) and error.after:
                self._bucket.hold(error.after)

    def _held_back(self) -> float:
        """Return how many seconds the next preview is not shown yet: its turn has only begun to answer."""
        turn_id, _ = next(iter(self._previews))
        held = 0.0 if self._finishing else HOLD_SECONDS
        return self._begun.get(turn_id, 0.0) + held - time.monotonic()

    async def _next_piece(self, preview: Preview) -> Preview:
        """Of a preview that is longer than a message, return what the first message should show of it."""
        first, limits = (preview.turn_id, preview.part), self.adapter.capabilities.limits
        if self._is_draft(preview):
            return replace(preview, outgoing=await last_piece(preview.outgoing, limits))
        (_, part), piece, is_last = await self._overflow.next_piece(first, preview.outgoing, limits)
        if not (is_last or self._finishing):
            self._previews.setdefault(first, preview)  # its other messages come next
        return replace(preview, part=part, outgoing=piece)

    async def _wait_for_news(self, seconds: float | None) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._news.wait()

    async def _wait_for_a_turn(self) -> None:
        """Wait until there is something to send; drafts fade, so they are shown again meanwhile."""
        self._news.clear()
        await self._wait_for_news(DRAFT_SECONDS if self._drafts else None)
        if not self._news.is_set():
            self._previews.update(self._drafts)

    async def _show(self, preview: Preview) -> None:
        place = (preview.turn_id, preview.part)
        if self._is_draft(preview):
            if place not in self._drafts and not await self._store.is_open(preview.turn_id):
                return  # too late: nothing would take it away again
            self._drafts[place] = preview
            await self._parts.call("draft", place, cast("Drafts", self.adapter).draft(preview.outgoing))
            return
        receipt = self._receipts.get(place) or await self._store.start_part(
            self._epoch, preview.scope, *place
        )
        if receipt:
            self._receipts[place] = receipt
            await self._edit_preview(place, receipt, preview.outgoing)
            return
        try:
            receipt = await self._parts.call("create", place, self.adapter.create(preview.outgoing))
        except Exception:
            # Not taken, or a fragment at worst: either way the final text is created anew.
            await self._parts.record(place, OutboxState.PENDING)
            raise
        self._receipts[place] = receipt
        self._overflow.note(place, preview.outgoing)
        await self._parts.record(place, OutboxState.CREATED, receipt)

    async def _edit_preview(self, place: tuple[str, int], receipt: Receipt, outgoing: Outgoing) -> None:
        try:
            moved = await self._parts.call("edit", place, self.adapter.edit(receipt, outgoing))
        except Refused:
            if outgoing.final:
                # More comes behind it, so it is created anew before that: a file can't be made of a text.
                del self._receipts[place]
                await self._parts.record(place, OutboxState.PENDING)
            raise
        self._overflow.note(place, outgoing)
        if moved:
            self._receipts[place] = moved
            await self._parts.record(place, OutboxState.CREATED, moved)
            await self._parts.take_away(place, receipt)

    def _is_drawn(self, preview: Preview) -> bool:
        """Tell whether there is something already that a preview only changes."""
        return self._is_draft(preview) or (preview.turn_id, preview.part) in self._receipts

    def _is_draft(self, preview: Preview) -> bool:
        mode = mode_of(self.adapter, preview.outgoing.key)
        return mode is StreamMode.DRAFT and can(type(self.adapter), Drafts)

    async def _send_final(self, part: OutboxPart) -> None:
        place = (part.turn_id, part.part)
        self._previews.pop(place, None)
        self._drafts.pop(place, None)
        await self._parts.send(part, self._receipts.pop(place, None) or part.receipt)


def _beginning_of(preview: Preview) -> Preview | None:
    """Return what a message is created with: a text without its last word. None when nothing is left.

    A create whose end nobody sees is made anew. So that what the first leaves is never a second whole
    answer, it must not hold one; and nobody knows before the end whether a text is whole.
    """
    if preview.outgoing.final or not preview.outgoing.text:
        return preview
    text = preview.outgoing.text.rstrip()
    first = text.rsplit(maxsplit=1)[0] if len(text.split(maxsplit=1)) > 1 else text[:-1]
    return replace(preview, outgoing=replace(preview.outgoing, text=first)) if first else None
