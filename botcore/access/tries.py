"""Who types wrong codes does not get far."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable

TRIES = 5
SECONDS = 3600.0
REMEMBERED = 1000  # of those who tried


class Tries:
    """Counts them, for each person apart: nobody can use up the tries of another."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._tries: OrderedDict[str, deque[float]] = OrderedDict()

    def may(self, who: str) -> bool:
        """Tell whether somebody may try another code now, and count it."""
        now = self._clock()
        tries = self._tries.setdefault(who, deque(maxlen=TRIES))
        self._tries.move_to_end(who)
        if len(self._tries) > REMEMBERED:
            self._tries.popitem(last=False)
        if len(tries) == TRIES and now - tries[0] < SECONDS:
            return False
        tries.append(now)
        return True

    def forget(self, who: str) -> None:
        """Begin anew with somebody: they typed the right one."""
        self._tries.pop(who, None)
