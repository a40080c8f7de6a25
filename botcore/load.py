"""How much is answered at once, and by whom it was asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from botcore.domain import Lane
from botcore.store import Claim, Wanted

MAX_RUNNING = 256  # turns at once; most of them wait for the model
MAX_JOBS = 32  # of them, so that jobs leave room for the others
MAX_CONTROL = 64  # control commands, beside all of these: they end within seconds
USERS_SHARE = 16  # of one user, so that nobody takes all the room
USERS_CONTROL = 8  # control commands of one user


class Load:
    """What is being answered, and what may be begun beside it."""

    def __init__(self) -> None:
        self._lanes: Counter[Lane] = Counter()
        self._users: Counter[int] = Counter()
        self._commanders: Counter[int] = Counter()  # users, by their control commands
        self._taken = 0

    def add(self, claim: Claim) -> None:
        """Count something that is being answered."""
        self._lanes[claim.lane] += 1
        whose = self._commanders if claim.lane is Lane.CONTROL else self._users
        whose[claim.user.id] += 1

    def wanted_beside(self, taken: Sequence[Claim]) -> Wanted:
        """Return what may be begun beside this and a growing list of claims.

        When all places are taken, a /stop still comes through.
        """
        for claim in taken[self._taken :]:
            self.add(claim)
        self._taken = len(taken)
        lanes = set()
        if self._lanes[Lane.CONTROL] < MAX_CONTROL:
            lanes.add(Lane.CONTROL)
        if self._lanes[Lane.TURN] + self._lanes[Lane.JOB] < MAX_RUNNING:
            lanes.add(Lane.TURN)
            if self._lanes[Lane.JOB] < MAX_JOBS:
                lanes.add(Lane.JOB)
        return Wanted(
            frozenset(lanes),
            without_users=_with_at_least(USERS_SHARE, self._users),
            without_commands_of=_with_at_least(USERS_CONTROL, self._commanders),
        )


def _with_at_least(share: int, counts: Counter[int]) -> frozenset[int]:
    return frozenset(user for user, count in counts.items() if count >= share)
