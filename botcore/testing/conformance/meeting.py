"""A meeting of an adapter with its platform, without a core behind it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import NoReturn, TypeVar

import pytest

from botcore.adapter import Accepted, Adapter, Outgoing, Receipt, Receive
from botcore.domain import Event, InboundEvent
from botcore.errors import DeliveryError
from botcore.testing import platform as platform_module
from botcore.testing import troubles as troubles_module
from botcore.testing.platform import Platform
from botcore.testing.troubles import Acknowledges

T = TypeVar("T")
E = TypeVar("E", bound=DeliveryError)
SECONDS = 20.0  # for anything that should happen soon


def lacks(platform: Platform, ability: type) -> NoReturn:
    """Skip a test that needs an ability, of the platform or of its adapter."""
    if ability.__module__ in (platform_module.__name__, troubles_module.__name__):
        pytest.skip(
            f"{type(platform).__name__} is no {ability.__name__}: with {_methods(ability)} it is tested"
        )
    pytest.skip(f"{type(platform.adapter).__name__} is no {ability.__name__}, which it need not be")


def must_be(platform: Platform, ability: type) -> NoReturn:
    """Fail a test of a capability that is declared and can't be looked at."""
    pytest.fail(
        f"{type(platform.adapter).__name__} declares it, so {type(platform).__name__} must show it: give it "
        f"{_methods(ability)}, see {ability.__name__} in {ability.__module__}"
    )


def _methods(ability: type) -> str:
    return ", ".join(f"`{name}`" for name in vars(ability) if not name.startswith("_"))


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


@contextmanager
def raising(*kinds: type[E], because: str) -> Iterator[list[E]]:
    """Expect one of these errors of the adapter's, and collect it; otherwise fail and say what to do."""
    raised: list[E] = []
    wanted = " or ".join(kind.__name__ for kind in kinds)
    try:
        yield raised
    except kinds as error:
        raised.append(error)
    except Exception as error:
        pytest.fail(f"{because}. Raise {wanted}, not {error!r}.")
    else:
        pytest.fail(f"{because}. Raise {wanted}; nothing was raised.")


async def shown_anew(adapter: Adapter, receipt: Receipt, message: Outgoing) -> Receipt:
    """Edit a message as the core does; return the receipt of the one that is there now."""
    moved = await adapter.edit(receipt, message)
    if moved is None:
        return receipt
    await adapter.delete(receipt)
    return moved


def reply(event: InboundEvent, text: str, *, final: bool = True, delivery_id: str = "") -> Outgoing:
    """Return an answer to an event."""
    return Outgoing(
        key=event.key,
        text=text,
        final=final,
        answers=event.message_id,
        asker=event.author.id,
        delivery_id=delivery_id,
    )
