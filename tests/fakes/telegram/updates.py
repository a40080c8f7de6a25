"""The updates of one bot, until it confirms them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.telegram.errors import conflict

KEPT_SECONDS = 24 * 3600.0
ON_REQUEST = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
TAKEN_OVER = "terminated by other getUpdates request; make sure that only one bot instance is running"
LARGEST_BATCH = 100
LONGEST_POLL = 50.0  # seconds


@dataclass(frozen=True, slots=True)
class Update:
    """Something that happened, as one bot is told."""

    id: int
    kind: str  # "message", "callback_query", ...
    content: dict[str, Any]
    chat: int  # updates of one chat keep their order
    at: float

    def json(self) -> dict[str, Any]:
        return {"update_id": self.id, self.kind: self.content}


@dataclass(slots=True, eq=False, repr=False)
class UpdateQueue:
    """Keeps updates for a day. An offset confirms all before it; what is not confirmed comes again."""

    clock: Callable[[], float]
    next_id: int = 900_000_001
    allowed: tuple[str, ...] = ()  # empty: everything but `ON_REQUEST`
    held: bool = False  # nothing is handed out meanwhile
    polls: int = 0
    deliveries: dict[int, int] = field(default_factory=dict)  # how often each was handed out, by id
    _pending: list[Update] = field(default_factory=list)
    _again: list[Update] = field(default_factory=list)  # handed out once more, confirmed or not
    _known: dict[int, Update] = field(default_factory=dict)
    _poll: asyncio.Future[None] | None = None
    on_update: Callable[[], object] = lambda: None  # a webhook hears of it here

    @property
    def pending(self) -> list[Update]:
        """What is not confirmed and not too old."""
        oldest = self.clock() - KEPT_SECONDS
        self._pending = [update for update in self._pending if update.at > oldest]
        return self._pending

    def add(self, kind: str, content: dict[str, Any], chat: int = 0) -> int | None:
        """Keep an update and return its id; None when the bot does not want such."""
        if kind not in self.allowed if self.allowed else kind in ON_REQUEST:
            return None
        update = Update(self.next_id, kind, content, chat, self.clock())
        self.next_id += 1
        self._pending.append(update)
        self._known[update.id] = update
        self.wake()
        return update.id

    def again(self, update_id: int) -> None:
        """Hand an update out once more, as Telegram does that is not sure of its confirmation."""
        self._again.append(self._known[update_id])
        self.wake()

    def swap(self) -> None:
        """Let the last two updates that wait have happened in the other order."""
        *before, first, second = self._pending
        swapped = [
            Update(first.id, second.kind, second.content, second.chat, second.at),
            Update(second.id, first.kind, first.content, first.chat, first.at),
        ]
        self._pending = [*before, *swapped]
        self._known.update({update.id: update for update in swapped})

    def hold(self) -> None:
        self.held = True

    def release(self) -> None:
        self.held = False
        self.wake()

    def wake(self) -> None:
        """Look again whether there is something to hand out."""
        if self._poll and not self._poll.done():
            self._poll.set_result(None)
        self.on_update()

    def take_again(self) -> list[Update]:
        """Take what is to be handed out although it was confirmed."""
        again, self._again = self._again, []
        return again

    def confirm(self, update_id: int) -> None:
        """Forget an update that was taken."""
        self._pending = [update for update in self._pending if update.id != update_id]

    def clear(self) -> None:
        self._pending.clear()
        self._again.clear()

    def end_poll(self, text: str = TAKEN_OVER) -> None:
        """Send away whoever waits."""
        if self._poll and not self._poll.done():
            self._poll.set_exception(conflict(text))
        self._poll = None

    async def poll(
        self, offset: int, limit: int, timeout: float, allowed: Sequence[str] | None
    ) -> list[Update]:
        """Confirm what is before the offset, and wait for something behind it."""
        self.polls += 1
        self.end_poll()  # there can be only one
        if allowed is not None:
            self.allowed = tuple(allowed)
        self._confirm_before(offset)
        if not self._can_hand_out and timeout > 0:
            await self._wait(min(timeout, LONGEST_POLL))
        if self.held:
            return []
        batch = [*self.take_again(), *self.pending][: max(1, min(limit, LARGEST_BATCH))]
        for update in batch:
            self.deliveries[update.id] = self.deliveries.get(update.id, 0) + 1
        return batch

    def _confirm_before(self, offset: int) -> None:
        pending = self.pending
        if offset < 0:
            self._pending = pending[offset:]
        elif offset > 0:
            self._pending = [update for update in pending if update.id >= offset]

    @property
    def _can_hand_out(self) -> bool:
        return not self.held and bool(self._again or self.pending)

    async def _wait(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                while not self._can_hand_out:
                    self._poll = poll = asyncio.get_running_loop().create_future()
                    await poll
        except TimeoutError:
            pass
