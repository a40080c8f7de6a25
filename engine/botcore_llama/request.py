"""One answer that somebody waits for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

from botcore.engine import Priority

# A prefill gives no sign of life before it ends. The slowest one measured, a long prompt on two
# cores, reads ten times as many tokens a second.
PREFILL_SECONDS_A_TOKEN = 0.1


@dataclass(frozen=True, slots=True)
class Sampling:
    """How each next token is chosen."""

    max_tokens: int
    temperature: float = 0.0  # 0 always takes the likeliest
    top_p: float = 1.0
    top_k: int = 0  # 0: any
    repetition_penalty: float = 1.0


class Phase(Enum):
    """Where a request stands."""

    WAITING = auto()
    RUNNING = auto()
    DONE = auto()


@dataclass(slots=True, eq=False)
class Request:
    """A prompt on its way through the scheduler. Times are seconds of one monotonic clock."""

    prompt: Sequence[int]
    sampling: Sampling
    user: str = ""  # whose turn it uses up
    priority: Priority = Priority.INTERACTIVE
    deadline: float = float("inf")
    phase: Phase = Phase.WAITING
    cancelled: bool = False  # nobody wants the rest: it stops at its next token
    place: int = 0  # in the queue, as its client was last told
    generated: int = 0
    started_at: float = 0.0
    first_at: float = 0.0  # when it got its first token
    progress_at: float = 0.0  # when it started or got its last token

    def start(self, now: float) -> None:
        self.phase = Phase.RUNNING
        self.started_at = self.progress_at = now

    def advance(self, now: float) -> None:
        """Note that there is one token more."""
        if not self.generated:
            self.first_at = now
        self.generated += 1
        self.progress_at = now

    def stalled(self, now: float, stall_seconds: float) -> bool:
        """Whether it has made no progress for too long."""
        if self.phase is not Phase.RUNNING:
            return False
        prefill = 0 if self.generated else len(self.prompt) * PREFILL_SECONDS_A_TOKEN
        return now - self.progress_at > stall_seconds + prefill
