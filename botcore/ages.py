"""How long messages have waited, however the clock on the wall is set meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from botcore.access.latest import Latest

REMEMBERED = 10_000


class Ages:
    """What came in this process's life is timed by a clock that nobody sets.

    What came before it is as old as the wall's clock said when the process began, and so much more as has
    passed since then.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._clock = clock
        self._begun, self._begun_at = clock(), wall()
        self._arrivals: Latest[str, float] = Latest(REMEMBERED)

    def arrived(self, turn_id: str) -> None:
        """Note that a message has come just now."""
        self._arrivals.put(turn_id, self._clock())

    def of(self, turn_id: str, received_at: datetime) -> timedelta:
        """Return the age of the message that this turn answers."""
        now = self._clock()
        if (arrived := self._arrivals.get(turn_id)) is not None:
            return timedelta(seconds=now - arrived)
        return self._begun_at - received_at + timedelta(seconds=now - self._begun)
