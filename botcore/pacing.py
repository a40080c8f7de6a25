"""How often a chat may be written to."""

from __future__ import annotations

import time
from collections.abc import Callable


class TokenBucket:
    """Fills by one token every `interval` seconds, up to `burst`; whoever sends takes one.

    An interval of zero never makes anybody wait.
    """

    def __init__(self, interval: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._interval = interval
        self._burst = burst
        self._clock = clock
        self._tokens = float(burst)
        self._at = clock()
        self._held_until = 0.0

    def wait_for(self, tokens: int) -> float:
        """Return the seconds until there are so many, as many as it holds at most."""
        now = self._clock()
        if self._interval > 0:
            self._tokens = min(self._burst, self._tokens + (now - self._at) / self._interval)
        else:
            self._tokens = self._burst
        self._at = now
        missing = min(tokens, self._burst) - self._tokens
        return max(0.0, missing * self._interval, self._held_until - now)

    @property
    def is_full(self) -> bool:
        """Whether nobody would have to wait, as with a new one."""
        return self.wait_for(self._burst) == 0

    def take(self) -> None:
        """Take one token; what is not there yet is owed."""
        self._tokens -= 1

    def hold(self, seconds: float) -> None:
        """Let nobody send for so long, as the platform asks."""
        self._held_until = max(self._held_until, self._clock() + seconds)
