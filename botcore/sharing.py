"""One machine, one owner, one copy of the model: what is up is used, what is not is opened."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from botcore.adapter import Adapter
from botcore.app import open_log, open_store, own_engine, owned_bot, prepare_folder, wired_bot
from botcore.bot import Bot
from botcore.config import Settings, StoreSection
from botcore.control.client import OwnerClient, reach, reach_or_own
from botcore.control.office import OfficeOnDemand
from botcore.control.operations import OPERATIONS, Premises
from botcore.control.remote_bot import RemoteBot
from botcore.control.remote_engine import borrowed_engine
from botcore.control.server import serving_control
from botcore.engine import Engine
from botcore.errors import OwnerGone
from botcore.logs import silence_logs
from botcore.store.operate import Operator

COMING_BACK_SECONDS = 15.0  # for a bot that is restarted

Operate = Callable[..., Awaitable[Any]]  # called with an operation's name and its parameters


@asynccontextmanager
async def open_engine(settings: Settings) -> AsyncIterator[Engine]:
    """Return the model of this machine: of the botcore that is up, else one that is opened for us.

    Nothing here waits for the model. Other commands find what was opened here; when they still use it
    at the end, that is waited for.
    """
    folder = prepare_folder(settings.data_folder)
    async with reach_or_own(folder) as owner:
        if owner:
            silence_logs()
            async with borrowed_engine(owner) as borrowed:
                yield borrowed
            return
        open_log(settings)
        async with (
            own_engine(settings) as engine,
            OfficeOnDemand(lambda: wired_bot(without_grace(settings), [], engine)) as office,
            serving_control(folder, engine, office, lasts=False) as control,
        ):
            yield engine
            await control.loan.wait_until_unused()


@asynccontextmanager
async def open_shared_bot(
    settings: Settings, adapter: Adapter, *, may_own: bool = True
) -> AsyncIterator[Bot | RemoteBot]:
    """Return the bot of this machine for an adapter that lives here: the one that is up, else our own.

    Without `may_own`, wait a while for one that comes back; `OwnerGone` when none does.
    """
    folder = prepare_folder(settings.data_folder)
    async with reach_or_own(folder) if may_own else reach_again(folder) as owner:
        if owner:
            silence_logs()
            yield RemoteBot(owner, adapter, await owner.commands())
        else:
            async with owned_bot(settings, [adapter]) as bot:
                yield bot


@asynccontextmanager
async def open_private_bot(
    settings: Settings, adapters: Sequence[Adapter], engine: Engine, folder: Path
) -> AsyncIterator[Bot]:
    """Wire a bot over a database of its own in `folder`, which nobody waits for at its end."""
    private = without_grace(settings, data_folder=folder).model_copy(update={"store": StoreSection()})
    async with wired_bot(private, adapters, engine) as (wired, _):
        yield wired


def without_grace(settings: Settings, **more: Path) -> Settings:
    """Return settings of a bot that ends with its command, whatever runs then."""
    bot = settings.bot.model_copy(update={"grace_seconds": 0.0, **more})
    return settings.model_copy(update={"bot": bot})


@asynccontextmanager
async def open_operations(settings: Settings) -> AsyncIterator[Operate]:
    """Return what runs operations on the store: in the bot that is up, else in this process."""
    folder = prepare_folder(settings.data_folder)
    async with reach_or_own(folder) as owner:
        if owner:
            silence_logs()
            yield owner.operate
            return
        open_log(settings)
        async with open_store(settings, folder) as store:
            premises = Premises(Operator(store.database), rules=settings.access)

            async def operate(name: str, **parameters: Any) -> Any:
                return await OPERATIONS[name](premises, **parameters)

            yield operate


@asynccontextmanager
async def reach_again(folder: Path) -> AsyncIterator[OwnerClient]:
    """Connect to an owner that is being restarted; `OwnerGone` when it does not come back."""
    loop = asyncio.get_running_loop()
    ends = loop.time() + COMING_BACK_SECONDS
    while loop.time() < ends:
        async with reach(folder) as owner:
            if owner:
                yield owner
                return
        await asyncio.sleep(0.2)
    raise OwnerGone
