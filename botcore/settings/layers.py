"""A plugin's settings in a chat: the chat's over its tenant's over botcore.toml over the default."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import structlog
from pydantic import BaseModel, JsonValue, ValidationError

from botcore.access.latest import Latest
from botcore.plugin import Plugin
from botcore.settings.marks import is_choosable
from botcore.store.setting_store import Chosen, SettingStore

log = structlog.get_logger(__name__)

SettingsOf = Callable[[Plugin], BaseModel | None]

REMEMBERED = 5000  # chats times plugins


class Layers:
    """Knows what holds where, and keeps it until something is chosen."""

    def __init__(self, store: SettingStore, settings_of: SettingsOf) -> None:
        """`settings_of`: what the configuration says."""
        self.store = store
        self._settings_of = settings_of
        self._base: dict[str, BaseModel | None] = {}
        self._known: Latest[tuple[str, int, int], BaseModel] = Latest(REMEMBERED)
        self._changes = 0

    def base(self, plugin: Plugin) -> BaseModel | None:
        """Return what holds where nobody has chosen anything."""
        if plugin.name not in self._base:
            self._base[plugin.name] = self._settings_of(plugin)
        return self._base[plugin.name]

    async def of(self, plugin: Plugin, tenant_id: int, chat_id: int) -> BaseModel | None:
        """Return what holds in a chat; None for a plugin without settings."""
        base, place = self.base(plugin), (plugin.name, tenant_id, chat_id)
        if base is None or not tenant_id:
            return base
        if (known := self._known.get(place)) is not None:
            return known
        changes = self._changes
        settings = layered(base, await self.store.chosen(plugin.name, tenant_id, chat_id))
        if changes == self._changes:  # otherwise this may be how it was before
            self._known.put(place, settings)
        return settings

    def forget(self) -> None:
        """Look everything up anew: something was chosen, or went."""
        self._changes += 1
        self._known.clear()


def layered(base: BaseModel, chosen: Sequence[Chosen]) -> BaseModel:
    """Return settings with what was chosen, the tenant's first. What does not fit any more is left out."""
    kind, settings = type(base), base
    values: dict[str, Any] = {name: getattr(base, name) for name in base.model_fields_set}
    for one in sorted(chosen, key=lambda choice: choice.of_chat):
        if one.key not in kind.model_fields or not is_choosable(kind.model_fields[one.key]):
            continue  # it could be chosen once
        try:
            settings = validated(kind, {**values, one.key: one.value})
        except ValidationError:
            log.warning("choice_does_not_fit", plugin_class=kind.__name__, key=one.key)
        else:
            values[one.key] = one.value
    return settings


def validated(kind: type[BaseModel], values: Mapping[str, JsonValue | Any]) -> BaseModel:
    """Return an instance of a settings class; raise pydantic's `ValidationError`."""
    return kind.model_validate(dict(values))
