"""From a configuration to something that runs."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import cast

from pydantic import BaseModel

from botcore.adapter import Adapter, AdapterSetup, KeepsTables
from botcore.bot import Bot
from botcore.config import Settings
from botcore.config_check import listed, named_in, refuse_one_chat, table_problems, without_use
from botcore.control.client import reach_or_own
from botcore.control.office import OpenOffice
from botcore.control.operations import Premises
from botcore.control.server import serving_control
from botcore.discovery import load_adapter, load_engine, load_plugins
from botcore.engine import Engine, EngineSetup
from botcore.errors import ConfigError
from botcore.logs import configure_logs
from botcore.owner import in_use
from botcore.plugin import Plugin
from botcore.redaction import Mask, mask_tracebacks, secrets_of
from botcore.store import Database, Store
from botcore.store.migrate import upgrade
from botcore.store.operate import Operator
from botcore.store.ownership import own_database
from botcore.store.place import place_of

LOG = "botcore.log"


def own_engine(settings: Settings) -> AbstractAsyncContextManager[Engine]:
    """Return the configured engine, to be entered by the data folder's owner. It waits for no model."""
    factory = load_engine(settings.engine.use)
    folder = prepare_folder(settings.data_folder)
    return factory(EngineSetup(folder, settings.engine.model_extra or {}))


@asynccontextmanager
async def open_bot(
    settings: Settings, adapters: Sequence[Adapter], *, keeps_adapters: bool = False
) -> AsyncIterator[Bot]:
    """Own the data folder, and run a bot over it that the other commands of the machine reach."""
    folder = prepare_folder(settings.data_folder)
    async with reach_or_own(folder) as owner:
        if owner:
            raise in_use(folder)
        async with owned_bot(settings, adapters, keeps_adapters=keeps_adapters, lasts=True) as bot:
            yield bot


@asynccontextmanager
async def owned_bot(
    settings: Settings, adapters: Sequence[Adapter], *, keeps_adapters: bool = False, lasts: bool = False
) -> AsyncIterator[Bot]:
    """Open a bot over a data folder that this process owns. `lasts`: it is there to stay."""
    folder = settings.data_folder
    open_log(settings)
    async with (
        own_engine(settings) as engine,
        wired_bot(settings, adapters, engine, keeps_adapters=keeps_adapters) as (bot, premises),
        serving_control(folder, engine, OpenOffice(premises), lasts=lasts) as control,
    ):
        yield bot
        if not lasts:
            await control.loan.wait_until_unused()


def open_log(settings: Settings) -> None:
    """Write the log of this process, which owns the data folder, without the configuration's secrets."""
    mask = Mask(secrets_of(settings))
    configure_logs(settings.log, settings.data_folder / LOG, mask)
    mask_tracebacks(mask)


@asynccontextmanager
async def wired_bot(
    settings: Settings, adapters: Sequence[Adapter], engine: Engine, *, keeps_adapters: bool = False
) -> AsyncIterator[tuple[Bot, Premises]]:
    """Bring the database up to date, and wire a bot over it."""
    plugins = load_plugins(named_in(settings.plugins, "plugins"))
    if problems := table_problems(settings.plugins, plugins, settings.places):
        raise ConfigError(listed(problems))
    async with open_store(settings, settings.data_folder) as store:
        for adapter in adapters:
            if isinstance(adapter, KeepsTables):
                adapter.use_tables(store.database)
        bot = Bot(
            store=store,
            epoch=await store.take_over(),
            engine=engine,
            plugins=plugins,
            adapters=adapters,
            settings_of=lambda plugin: settings_of(plugin, settings),
            rules=settings.bot,
            access=settings.access,
            keeps_adapters=keeps_adapters,
        )
        yield bot, Premises(Operator(store.database), bot)


def commands_of(settings: Settings) -> dict[str, str]:
    """Return what people can type to a bot of this configuration, and what it does. No bot has to run."""
    bot = Bot(
        store=Store(Database(settings.data_folder / "never-opened.db")),
        epoch=0,
        engine=cast("Engine", None),  # it answers nobody
        plugins=load_plugins(named_in(settings.plugins, "plugins")),
        adapters=[],
        settings_of=lambda plugin: settings_of(plugin, settings),
        rules=settings.bot,
    )
    return {command.name: command.description for command in bot.commands}


@asynccontextmanager
async def open_store(settings: Settings, folder: Path) -> AsyncIterator[Store]:
    """Own the database and bring it up to date."""
    database = Database(place_of(settings.store, folder))
    try:
        async with own_database(database):
            upgrade(database.place)
            yield Store(database)
    finally:
        await database.close()


def open_adapters(settings: Settings) -> list[Adapter]:
    """Return the adapters that the configuration has tables for. None of them does anything yet."""
    folder = prepare_folder(settings.data_folder)
    uses = named_in(settings.adapters, "adapters")
    adapters = [
        _open_adapter(name, uses.get(name), AdapterSetup(dict(without_use(table)), folder))
        for name, table in settings.adapters.items()
    ]
    names = [adapter.name for adapter in adapters]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise ConfigError(f"Two tables under [adapters] bring an adapter for {twice}; one is enough.")
    return adapters


def _open_adapter(name: str, use: str | None, setup: AdapterSetup) -> Adapter:
    factory = load_adapter(name, use)
    refuse_one_chat(name, factory)
    return factory(setup)


def settings_of(plugin: Plugin, settings: Settings) -> BaseModel | None:
    """Return a plugin's own settings, if it has any."""
    return settings.plugin_settings(plugin.name, plugin.settings) if plugin.settings else None


def prepare_folder(folder: Path) -> Path:
    """Create the data folder; what this process writes from here on is for this user only."""
    os.umask(0o077)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise ConfigError(f"bot.data_folder {folder} can't be created: {error.strerror}.") from error
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise ConfigError(f"bot.data_folder {folder} belongs to somebody else: nothing can be written there.")
    return folder
