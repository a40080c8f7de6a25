"""What a plugin remembers: JSON values by key, kept for one conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import JsonValue

if TYPE_CHECKING:
    from botcore.store import Scope, Store


class PluginStore:
    """Reads see what this turn wrote; the writes take effect with the turn's closing transaction."""

    def __init__(self, store: Store, scope: Scope, plugin: str) -> None:
        self._store = store
        self._scope = scope
        self._plugin = plugin
        self._written: dict[str, JsonValue] = {}

    async def get(self, key: str) -> JsonValue:
        """Return the value of `key`, or None."""
        if key in self._written:
            return self._written[key]
        return await self._store.plugin_value(self._scope, self._plugin, key)

    def set(self, key: str, value: JsonValue) -> None:
        """Keep `value` under `key`; None forgets it."""
        self._written[key] = value

    @property
    def written(self) -> dict[str, JsonValue]:
        """What this turn has written so far."""
        return dict(self._written)
