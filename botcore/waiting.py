"""Tells people that they wait, where they stand and how long it may take."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import structlog

from botcore.adapter import Outgoing
from botcore.ages import Ages
from botcore.chat_sender import Preview
from botcore.delivery import Delivery
from botcore.domain import Lane
from botcore.store import Claim, Store, Waiting

log = structlog.get_logger(__name__)

TELL_AFTER = timedelta(seconds=2)  # a shorter wait is not worth a word
TELL_SECONDS = 3.0  # between two looks at the queue
REMEMBERED = 50  # ends of turns that the estimate rests on
FEWEST = 3
LONGEST_GAP = 300.0  # seconds between two ends; before a longer one, nothing says how it goes now


class Pace:
    """How quickly turns end."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._ends: deque[float] = deque(maxlen=REMEMBERED)

    def one_ended(self) -> None:
        """Note that a turn is over."""
        now = self._clock()
        if self._ends and now - self._ends[-1] > LONGEST_GAP:
            self._ends.clear()
        self._ends.append(now)

    def seconds_until(self, place: int) -> float | None:
        """Return how long the one at this place will wait, if that can be told."""
        if len(self._ends) < FEWEST:
            return None
        return place * (self._clock() - self._ends[0]) / (len(self._ends) - 1)


def in_words(seconds: float | None) -> str:
    """Return a wait as people say it, or nothing: `, about 3 minutes`."""
    if seconds is None:
        return ""
    if seconds < 50:
        return f", about {max(10, round(seconds / 10) * 10)} seconds"
    minutes = max(1, round(seconds / 60))
    return f", about {minutes} minute{'s' if minutes > 1 else ''}"


@dataclass(frozen=True, slots=True)
class Queue:
    """What one user waits for."""

    running: list[Claim]
    waiting: list[Waiting]
    everybody: int  # how many messages are being answered or wait, of all users
    pace: Pace


def in_lines(queue: Queue) -> str:
    """Return a queue as its user reads it: their own messages in a few words, the others as a number."""
    lines = [f"- being answered: {_excerpt(claim.event.text)}" for claim in queue.running]
    for one in queue.waiting:
        wait = in_words(queue.pace.seconds_until(one.place))
        lines.append(f"- number {one.place} in the queue{wait}: {_excerpt(one.text)}")
    mine = "Nothing of yours waits." if not lines else "\n".join(["Yours:", "", *lines])
    others = queue.everybody - len(queue.running) - len(queue.waiting)
    return f"{mine}\n\n{others} of others." if others else mine


def _excerpt(text: str) -> str:
    line = " ".join(text.split())
    return f"“{line[:60]}…”" if len(line) > 60 else f"“{line}”"


class WaitingRoom:
    """Knows who waits."""

    def __init__(self, store: Store, delivery: Delivery, ages: Ages, most: int, expires: timedelta) -> None:
        """`most`: how many may wait before newcomers are refused. `expires`: what is older is too late."""
        self.pace = Pace()
        self._store = store
        self._delivery = delivery
        self._ages = ages
        self._most = most
        self._expires = expires
        self._new = 0  # that came since the queue was counted, so that not every newcomer counts it
        self._counted = most
        self._came = asyncio.Event()
        self._came.set()  # an earlier process may have left some

    async def is_full(self) -> bool:
        """Tell whether as many wait as may, the newest included."""
        self._new += 1
        self._came.set()
        if self._counted + self._new <= self._most:
            return False
        self._counted, self._new = await self._store.count_waiting(self._most + 1), 0
        return self._counted > self._most

    def refusal(self) -> str:
        """Return what a newcomer is told when no more can wait."""
        wait = in_words(self.pace.seconds_until(self._most)).removeprefix(", ")
        again = f"in {wait}" if wait else "later"
        return f"{self._most} messages wait for me, so I can't take this one. Please ask again {again}."

    async def run(self, is_answering: Callable[[Waiting], bool]) -> None:
        """Keep those who wait informed. `is_answering`: whether a message, or the one before it, is."""
        while True:
            await self._came.wait()
            await asyncio.sleep(TELL_SECONDS)
            self._came.clear()  # before the look: whoever comes meanwhile may not be seen by it
            try:
                waiting = await self._store.waiting()
                if waiting:
                    self._came.set()
                await self._tell(waiting, is_answering)
            except Exception as error:  # a database that is down, or whose lock was lost for a moment
                log.error("database_failed", error=type(error).__name__)
                self._came.set()

    async def _tell(self, waiting: list[Waiting], is_answering: Callable[[Waiting], bool]) -> None:
        """Those behind a message of their own conversation see that one answered; the others are told."""
        heads = {one.scope: one for one in reversed(waiting) if one.lane is Lane.TURN}
        patient: list[Waiting] = []
        behind: list[Waiting] = []
        for one in waiting:
            age = self._ages.of(one.turn_id, one.received_at)
            if age < TELL_AFTER or (age > self._expires and not one.promised):
                continue
            if is_answering(one) or (one.lane is Lane.TURN and heads[one.scope] is not one):
                behind.append(one)
            elif self._delivery.can_preview(one.key):
                patient.append(one)
        if new := [one.inbox_id for one in (*patient, *behind) if not one.promised]:
            await self._store.promise(new)
        for one in patient:
            if is_answering(one):
                continue  # by now; what is shown of that is newer than this notice
            self._delivery.preview(Preview(one.scope, one.turn_id, 0, self._notice(one)))

    def _notice(self, one: Waiting) -> Outgoing:
        wait = in_words(self.pace.seconds_until(one.place))
        place = "you are next" if one.place == 1 else f"{one.place - 1} before you"
        return Outgoing(
            key=one.key, text="", final=False, answers=one.message_id, progress=f"Waiting: {place}{wait}"
        )
