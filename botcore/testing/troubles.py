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
    """It delivers an event until the adapter acknowledges it, also one of a time when no adapter ran."""

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


@runtime_checkable
class Repeats(Protocol):
    """It may tell of one message by several events: of another kind, or with another number."""

    async def repeat(self) -> None:
        """Tell of the last post by another event."""
        ...


@runtime_checkable
class Disconnects(Protocol):
    """It may end the connection through which events come, and expect a new one."""

    async def disconnect(self) -> None:
        """End it now."""
        ...


@runtime_checkable
class GoesDead(Protocol):
    """The connection through which events come may be dead without anybody having ended it."""

    def go_dead(self) -> None:
        """Deliver nothing more through that one. The adapter must notice by itself, within 20 seconds."""
        ...


@runtime_checkable
class MayBeForged(Protocol):
    """It calls the adapter, at an address that others may call as well."""

    async def forge(self, text: str) -> list[int]:
        """Call as the platform does, with a person's message, but with no proof, a wrong one, an old one.

        Return HTTP's status for each.
        """
        ...


@runtime_checkable
class HasBots(Protocol):
    """It shows the bot what it has said itself, or what other bots say."""

    async def post_as_bot(self, text: str) -> None:
        """Another bot writes where people and the bot meet."""
        ...

    async def echo(self) -> None:
        """Show the bot its own last message, as the platform would if it did."""
        ...


@runtime_checkable
class LimitsPace(Protocol):
    """It takes only so many calls in a time."""

    def limit_pace(self) -> None:
        """Keep, from now on, to the limits that the real platform has."""
        ...

    def refusals(self) -> int:
        """How many calls came too fast."""
        ...
