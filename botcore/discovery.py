"""Finding plugins, adapters, engines and commands: ours and a third party's alike, by entry point."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from botcore.adapter import AdapterFactory
from botcore.engine import EngineFactory
from botcore.errors import ConfigError, PluginError
from botcore.plugin import Plugin

ADAPTERS = "botcore.adapters"
ENGINES = "botcore.engines"
PLUGINS = "botcore.plugins"


def installed(group: str) -> list[str]:
    """Return the names that packages have announced, without importing any."""
    return sorted({point.name for point in entry_points(group=group)})


def load_plugins(extra: Mapping[str, str] | None = None) -> list[Plugin]:
    """Import every installed plugin, and those that the configuration names; raise `PluginError`.

    `extra`: by the name of a plugin's table, where it is: `module:attribute`.
    """
    points = {point.name: point for point in entry_points(group=PLUGINS)}
    for name, use in (extra or {}).items():
        points[name] = find(PLUGINS, use, f"plugins.{name}.use")
    plugins = [_load(points[name]) for name in sorted(points)]
    for plugin in plugins:
        if not isinstance(plugin, Plugin):
            raise PluginError(f"An entry point of {PLUGINS} names {plugin!r}, which is no botcore.Plugin.")
    return plugins


def load_engine(use: str) -> EngineFactory:
    """Import one engine: an installed one by its name, another by `module:attribute`."""
    factory: EngineFactory = _load(find(ENGINES, use, "engine.use"))
    return factory


def load_adapter(name: str, use: str | None = None) -> AdapterFactory:
    """Import the adapter of the table `[adapters.NAME]`, which may name another by its key `use`."""
    key = f"adapters.{name}.use" if use else "adapters"
    factory: AdapterFactory = _load(find(ADAPTERS, use or name, key))
    return factory


def find(group: str, use: str, key: str) -> EntryPoint:
    """Return what an operator named under `key`; raise `ConfigError` naming what is installed."""
    if ":" in use:
        return EntryPoint(use, use, group)
    for point in entry_points(group=group, name=use):
        return point
    raise ConfigError(f"{key} is “{use}”, but installed are only: {', '.join(installed(group)) or 'none'}.")


def _load(point: EntryPoint) -> Any:
    try:
        return point.load()
    except PluginError:
        raise
    except Exception as error:
        where = point.value if point.name == point.value else f"{point.name} ({point.value})"
        raise PluginError(f"{where} can't be imported: {error!r}.") from error
