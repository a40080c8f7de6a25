"""An adapter whose process is killed at a chosen moment, with SIGKILL: nothing is closed, nothing is flushed.

The bot's process finds it as `botcore.testing.conformance.mortal:Mortal`, around the adapter that is tested.
"""

from __future__ import annotations

import os
import signal
from enum import StrEnum
from typing import TYPE_CHECKING, Any, cast

from botcore.discovery import load_adapter
from botcore.domain import Pressed

if TYPE_CHECKING:
    from botcore.adapter import Accepted, AdapterFactory, Outgoing, Receipt, Receive
    from botcore.domain import Event

# Not BOTCORE_…, since those are the configuration's.
ADAPTER = "CONFORMANCE_ADAPTER"  # the name of its table and, behind a blank, where it is if not installed
DIES_AT = "CONFORMANCE_DIES_AT"


class Moment(StrEnum):
    """When a process dies."""

    RECEIVED = "received"  # the adapter hands an event over; nothing of it is committed
    COMMITTED = "committed"  # it is committed; the adapter has not acknowledged it
    PRESSED = "pressed"  # a button's press is committed; the adapter has not acknowledged it
    CREATING = "creating"  # a new message is about to be sent
    CREATED = "created"  # the platform has it; its receipt is not in the database
    EDITING = "editing"  # a message is about to be changed
    EDITED = "edited"  # the platform has changed it; the database does not know
    DRAFTED = "drafted"  # what is no message yet is shown
    NEVER = ""


def mortal(factory: Any, moment: Moment) -> AdapterFactory:
    """Return a factory of the same adapters, the first of which that comes to a moment ends the process."""

    def die_at(now: Moment) -> None:
        if now is moment and now:
            os.kill(os.getpid(), signal.SIGKILL)

    class MortalAdapter(factory):  # type: ignore[misc]  # whatever class it is
        async def run(self, receive: Receive) -> None:
            async def receive_or_die(event: Event) -> Accepted:
                die_at(Moment.RECEIVED)
                accepted = await receive(event)
                die_at(Moment.COMMITTED)
                die_at(Moment.PRESSED if isinstance(event, Pressed) else Moment.NEVER)
                return accepted

            await super().run(receive_or_die)

        async def create(self, message: Outgoing) -> Receipt:
            die_at(Moment.CREATING)
            receipt: Receipt = await super().create(message)
            die_at(Moment.CREATED)
            return receipt

        async def edit(self, receipt: Receipt, message: Outgoing) -> Receipt | None:
            die_at(Moment.EDITING)
            moved: Receipt | None = await super().edit(receipt, message)
            die_at(Moment.EDITED)
            return moved

    if hasattr(factory, "draft"):

        async def draft(self: Any, message: Outgoing) -> None:
            await factory.draft(self, message)
            die_at(Moment.DRAFTED)

        MortalAdapter.draft = draft
    return cast("AdapterFactory", MortalAdapter)


def __getattr__(name: str) -> AdapterFactory:
    """`Mortal`: the adapter that the environment names."""
    if name != "Mortal":
        raise AttributeError(name)
    table, _, where = os.environ[ADAPTER].partition(" ")
    return mortal(load_adapter(table, where or None), Moment(os.environ.get(DIES_AT, "")))
