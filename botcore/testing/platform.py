"""What an adapter's contract needs to know of its platform: what people do there, and what may break.

A test module brings a `Platform`: an adapter with its platform around it, real or faked on loopback. Each
further protocol here is an ability that it may have too; tests that need one are skipped without it. An
ability is not optional where the adapter declares the capability that it stands for.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NoReturn, Protocol, TypeVar, runtime_checkable

import pytest

from botcore.adapter import Accepted, Adapter, Outgoing, Receive
from botcore.domain import Event, InboundEvent

T = TypeVar("T")
SECONDS = 20.0  # for anything that should happen soon


class Platform(Protocol):
    """A platform as its people see it: an adapter, someone who writes and someone who looks."""

    @property
    def adapter(self) -> Adapter: ...

    async def post(self, text: str) -> None:
        """A person writes to the bot."""
        ...

    def shown(self) -> list[str]:
        """The bot's messages that are there now, oldest first, as readable text."""
        ...


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
        """Let the next call hang. The adapter must give up by itself, within `SECONDS`."""
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
class HasGroups(Protocol):
    """People and the bot meet in groups."""

    async def post_in_group(self, text: str, *, addressed: bool) -> None:
        """A person writes in a group that the bot reads, to the bot or to others."""
        ...


@runtime_checkable
class HasThreads(Protocol):
    """A room may have threads."""

    async def post_in_thread(self, text: str, thread: int) -> None:
        """A person writes to the bot in the first or second thread (0 or 1) of one room."""
        ...

    def shown_in_thread(self, thread: int) -> list[str]: ...


@runtime_checkable
class ChangesMessages(Protocol):
    """People may change what they wrote, and the adapter hears of it."""

    async def edit_last(self, text: str) -> None:
        """The author of the last post gives it another text."""
        ...


@runtime_checkable
class ShowsDrafts(Protocol):
    """It shows what is being written. Needed by an adapter that has drafts."""

    def drafts(self) -> list[str]:
        """What is shown of answers that are no messages yet."""
        ...


@runtime_checkable
class HasButtons(Protocol):
    """Messages may have buttons. Needed by an adapter that declares `buttons`."""

    def buttons(self) -> list[str]:
        """The labels below the bot's last message, in reading order."""
        ...

    async def press(self, label: str) -> None:
        """A person presses a button below the bot's last message."""
        ...

    def notices(self) -> list[str]:
        """What those who pressed were told at once, in order; an empty text for a mere confirmation."""
        ...


@runtime_checkable
class ShowsFiles(Protocol):
    """It shows files. Needed by an adapter that declares `files`."""

    def files(self) -> list[tuple[str, str]]:
        """Name and text of the bot's files, oldest first."""
        ...


@runtime_checkable
class OffersCommands(Protocol):
    """It offers commands while people type. Needed by an adapter that `ShowsCommands`."""

    def commands(self) -> dict[str, str]:
        """What each command does, by its name."""
        ...


@runtime_checkable
class HasMembers(Protocol):
    """It knows who is in a room. Needed by an adapter that `TellsMembership`."""

    async def leave(self) -> None:
        """Who wrote last in the group leaves it."""
        ...


def lacks(platform: Platform, ability: type) -> NoReturn:
    """Skip a test that needs an ability, of the platform or of its adapter."""
    pytest.skip(f"{type(platform).__name__} shows nothing of {ability.__name__}")


def must_be(platform: Platform, ability: type) -> NoReturn:
    """Fail a test of a capability that is declared and can't be looked at."""
    pytest.fail(f"{type(platform.adapter).__name__} declares it, so its platform must be {ability.__name__}")


@asynccontextmanager
async def receiving(platform: Platform, receive: Receive) -> AsyncIterator[asyncio.Task[None]]:
    """Run the adapter as the bot does: one that raised is called again."""

    async def run() -> None:
        while True:
            try:
                await platform.adapter.run(receive)
            except Exception:
                await asyncio.sleep(0.05)
            else:
                return

    task = asyncio.create_task(run())
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def hearing(platform: Platform) -> AsyncIterator[asyncio.Queue[Event]]:
    """Run the adapter and collect everything that it brings in."""
    events: asyncio.Queue[Event] = asyncio.Queue()

    async def receive(event: Event) -> Accepted:
        await events.put(event)
        return Accepted.NEW

    async with receiving(platform, receive):
        yield events


@asynccontextmanager
async def running(platform: Platform) -> AsyncIterator[asyncio.Queue[InboundEvent]]:
    """Run the adapter and collect the messages that it brings in."""
    events: asyncio.Queue[InboundEvent] = asyncio.Queue()

    async def receive(event: Event) -> Accepted:
        if isinstance(event, InboundEvent):
            await events.put(event)
        return Accepted.NEW

    async with receiving(platform, receive):
        yield events


async def answer_to(platform: Platform, events: asyncio.Queue[InboundEvent], text: str) -> InboundEvent:
    """Have a person write and return what the adapter made of it."""
    await platform.post(text)
    return await soon(events)


async def soon(events: asyncio.Queue[T]) -> T:
    """Return what comes next."""
    async with asyncio.timeout(SECONDS):
        return await events.get()


async def until_acknowledged(platform: Acknowledges) -> None:
    """Wait until nothing will be delivered again."""
    async with asyncio.timeout(SECONDS):
        while platform.unacknowledged():
            await asyncio.sleep(0.01)


def reply(event: InboundEvent, text: str, *, final: bool = True) -> Outgoing:
    """Return an answer to an event."""
    return Outgoing(key=event.key, text=text, final=final, answers=event.message_id)
