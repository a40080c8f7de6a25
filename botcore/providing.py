"""What a handler is given by type, in a turn and before there is one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import BaseModel

from botcore.context import Context
from botcore.conversation import Conversation
from botcore.declarations import PluginHandler
from botcore.domain import ActionEvent, Author, Pressed, User
from botcore.engine import Engine
from botcore.forms.values import Values
from botcore.ledger import Ledger
from botcore.plugin import Plugin
from botcore.plugin_store import PluginStore
from botcore.schedules.schedules import Schedules
from botcore.settings.layers import Layers
from botcore.store import Scope, Store
from botcore.store.schedule_store import ScheduleStore


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Moment:
    """Somebody waits for a sign: no turn has begun yet."""

    author: Author
    scope: Scope
    pressed: Pressed | None = None


class Provider:
    """Gives handlers what their signatures ask for."""

    def __init__(
        self,
        store: Store,
        layers: Layers,
        ledger_for: Callable[[Context], Ledger],
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self.layers = layers
        self._store = store
        self._ledger_for = ledger_for
        self._now = now

    async def for_turn(self, plugin: Plugin, handler: PluginHandler, context: Context) -> dict[str, object]:
        """Return the positional parameters of a handler that answers a message."""
        wanted = handler.signature.injected
        given: dict[type, object] = {
            Context: context,
            Conversation: context.conversation,
            Engine: context.engine,
            User: context.user,
        }
        kinds = set(wanted.values())
        scope = context.conversation.scope
        if PluginStore in kinds:
            given[PluginStore] = context.plugin_store(plugin.name, self._store)
        if Ledger in kinds:
            given[Ledger] = self._ledger_for(context)
        if Values in kinds:
            given[Values] = _values(context)
        if Schedules in kinds:
            given[Schedules] = self._schedules(plugin, context)
        if plugin.settings in kinds:
            _add(given, await self.layers.of(plugin, scope.tenant_id, scope.chat_id))
        return _chosen(wanted, given)

    async def at_once(
        self, plugin: Plugin, handler: PluginHandler, moment: Moment, values: Values | None = None
    ) -> dict[str, object]:
        """Return those of a function that is called before there is a turn."""
        scope = moment.scope
        given: dict[type, object] = {
            Author: moment.author,
            PluginStore: PluginStore(self._store, scope, plugin.name),
            Values: values,
        }
        _add(given, moment.pressed)
        if plugin.settings in set(handler.signature.injected.values()):
            _add(given, await self.layers.of(plugin, scope.tenant_id, scope.chat_id))
        return _chosen(handler.signature.injected, given)

    def _schedules(self, plugin: Plugin, context: Context) -> Schedules:
        if plugin.name not in context.schedules:
            context.schedules[plugin.name] = Schedules(
                ScheduleStore(self._store.database),
                context.conversation.scope,
                plugin.name,
                user_id=context.user.id,
                zone=context.user.timezone,
                actions=plugin.actions,
                now=self._now(),
            )
        return context.schedules[plugin.name]


def _values(context: Context) -> Values:
    event = context.event
    return Values(event.values or {}) if isinstance(event, ActionEvent) else Values()


def _add(given: dict[type, object], one: BaseModel | Pressed | None) -> None:
    if one is not None:
        given[type(one)] = one


def _chosen(wanted: Mapping[str, type], given: Mapping[type, object]) -> dict[str, object]:
    return {name: given[kind] for name, kind in wanted.items()}
