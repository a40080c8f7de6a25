"""What may go wrong with a call of a bot's, on every platform on loopback."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to one call, in this order."""

    seconds_before: float = 0.0  # until anything happens
    cut_before: bool = False  # the connection breaks before the effect
    code: int = 0  # instead of an effect: 429, or a 5xx
    retry_after: int = 1  # seconds, with 429
    seconds_after: float = 0.0  # from the effect to the answer
    code_after: int = 0  # the effect is there, and yet a 5xx is answered
    cut_after: bool = False  # the connection breaks before the answer
    half_open: bool = False  # the effect is there, no answer ever comes and nothing breaks


NO_FAULT = Fault()


@dataclass(slots=True)
class Faults:
    """Which call meets which fault."""

    sends: frozenset[str]  # the methods, in small letters, whose effect people see
    choose: Callable[[str], Fault] = lambda method: NO_FAULT  # by its method in small letters
    _waiting: list[tuple[frozenset[str], Fault]] = field(default_factory=list)

    def add(self, fault: Fault, *methods: str, times: int = 1) -> None:
        """Let a fault meet the next calls of these methods; without any, of those that send."""
        names = frozenset(method.lower() for method in methods) or self.sends
        self._waiting += [(names, fault)] * times

    def clear(self) -> None:
        self._waiting.clear()
        self.choose = lambda method: NO_FAULT

    def of(self, method: str) -> Fault:
        """Take the fault that the next call of a method, in small letters, meets."""
        for number, (names, fault) in enumerate(self._waiting):
            if method in names:
                del self._waiting[number]
                return fault
        return self.choose(method)
