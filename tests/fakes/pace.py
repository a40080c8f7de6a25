"""How fast a bot may write in one chat."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Pace:
    """Lets `burst` calls through at once and one more every `interval` seconds; 0 is no limit."""

    interval: float = 0.0
    burst: int = 1
    _spent: dict[tuple[Hashable, Hashable], tuple[float, float]] = field(default_factory=dict)  # tokens, when
    _held: dict[Hashable, float] = field(default_factory=dict)  # chats that are closed until then

    def hold(self, chat: Hashable, until: float) -> None:
        """Refuse everything in a chat until then."""
        self._held[chat] = until

    def wait(self, bot: Hashable, chat: Hashable, now: float) -> float:
        """Take a token; without one, return in how many seconds there is one."""
        if (held := self._held.get(chat, 0.0) - now) > 0:
            return held
        if self.interval <= 0:
            return 0.0
        tokens, at = self._spent.get((bot, chat), (float(self.burst), now))
        tokens = min(float(self.burst), tokens + (now - at) / self.interval)
        if tokens < 1:
            self._spent[bot, chat] = (tokens, now)
            return (1 - tokens) * self.interval
        self._spent[bot, chat] = (tokens - 1, now)
        return 0.0
