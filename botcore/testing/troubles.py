"""What may break between an adapter and its platform: abilities of a `botcore.testing.platform.Platform`.

A fake that has them lets the contract prove that nothing is lost and nothing is said twice.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable


@runtime_checkable
class Redelivers(Protocol):
    """It may deliver an event more than once."""

    async def redeliver(self) -> None:
        """Deliver the last event again."""
        ...


@runtime_checkable
class Reorders(Protocol):
    """It may deliver events in another order than they happened."""

    async def post_in_other_order(self, first: str, second: str) -> None:
        """A person writes two messages; the second is delivered first."""
        ...


@runtime_checkable
class Acknowledges(Protocol):
    """It delivers an event until the adapter acknowledges it."""

    def unacknowledged(self) -> int:
        """How many events will be delivered again."""
        ...

    async def start_again(self) -> None:
        """Put a new `adapter` in the place of the old one, as after a kill of the bot's process."""
        ...


@runtime_checkable
class Floods(Protocol):
    """It may ask for patience."""

    def flood(self, seconds: float) -> None:
        """Refuse the next call, and say that it may be tried again in so many seconds."""
        ...


@runtime_checkable
class Cuts(Protocol):
    """The connection to it may break."""

    def cut(self, *, after_effect: bool) -> None:
        """Let the next call break off: before it had its effect, or after and before its answer."""
        ...


@runtime_checkable
class Hangs(Protocol):
    """It may take a call, do what it asks for and never answer."""

    def hang(self) -> None:
        """Let the next call hang. The adapter must give up by itself, within 20 seconds."""
        ...


@runtime_checkable
class Fails(Protocol):
    """It may be out of order."""

    def fail(self) -> None:
        """Answer the next call with an error of its own, as HTTP does with 5xx. It has no effect."""
        ...


@runtime_checkable
class Refuses(Protocol):
    """It may refuse for good: the person has blocked the bot, or the room is closed."""

    def refuse(self) -> None:
        """Let nobody write into the chat of the last post any more."""
        ...


@runtime_checkable
class TakesAway(Protocol):
    """People may delete the bot's messages."""

    def take_away(self) -> None:
        """Delete the bot's last message."""
        ...
