"""Finding plugins, adapters, engines and commands: ours and a third party's alike, by entry point."""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points
from typing import Any

from botcore.engine import EngineFactory
from botcore.errors import ConfigError, PluginError
from botcore.plugin import Plugin

ENGINES = "botcore.engines"
PLUGINS = "botcore.plugins"


def installed(group: str) -> list[str]:
    """Return the names that packages have announced, without importing any."""
    return sorted({point.name for point in entry_points(group=group)})


def load_plugins() -> list[Plugin]:
    """Import every installed plugin; raise `PluginError` for one that can't be loaded."""
    plugins = [_load(point) for point in sorted(entry_points(group=PLUGINS), key=lambda point: point.name)]
    for plugin in plugins:
        if not isinstance(plugin, Plugin):
            raise PluginError(f"An entry point of {PLUGINS} names {plugin!r}, which is no botcore.Plugin.")
    return plugins


def load_engine(name: str) -> EngineFactory:
    """Import one engine."""
    factory: EngineFactory = _load(_find(ENGINES, name, "engine.use"))
    return factory


def _find(group: str, name: str, key: str) -> EntryPoint:
    for point in entry_points(group=group, name=name):
        return point
    raise ConfigError(f"{key} is “{name}”, but installed are only: {', '.join(installed(group)) or 'none'}.")


def _load(point: EntryPoint) -> Any:
    try:
        return point.load()
    except PluginError:
        raise
    except Exception as error:
        raise PluginError(f"{point.name} ({point.value}) can't be imported: {error!r}.") from error
