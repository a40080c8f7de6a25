"""`/settings`: what plugins do differently in this chat, or for everybody of its tenant."""

from __future__ import annotations

from collections.abc import Callable

from pydantic import BaseModel, JsonValue

from botcore.access.gate import Gate
from botcore.context import Context
from botcore.domain import Author, Button, ConversationKey, Part, Pressed
from botcore.errors import InputError, NotFound
from botcore.forms.dialogue import plain
from botcore.forms.form import Form
from botcore.forms.reading import in_words
from botcore.forms.values import Values
from botcore.plugin import Plugin
from botcore.router import Router
from botcore.settings.choices import Holding, differing, field_of, form_for, holdings
from botcore.settings.layers import layered
from botcore.settings.marks import choosable
from botcore.store import Scope
from botcore.store.audit import Actor
from botcore.store.form_store import FormStore
from botcore.store.setting_store import Where

NAME = "botcore.settings"
RESET = "reset"
MOST_BUTTONS = 8

NOT_HERE = "In a group only my owners and admins can change that. Ask one of them, or me in a direct chat."
NOT_EVERYWHERE = "Only my owners and admins can change what holds for everybody."
NOTHING = "There is nothing to choose: no plugin has settings for a chat."


class Settings:
    """Shows and changes what holds in a chat."""

    def __init__(self, router: Router, gate: Gate, forms: FormStore) -> None:
        self._router = router
        self._gate = gate
        self._forms = forms

    def plugins(self) -> dict[str, BaseModel]:
        """Return what the configuration says for each plugin that has something to choose."""
        found = {}
        for name, plugin in self._router.plugins.items():
            base = self._router.layers.base(plugin)
            if base is not None and choosable(type(base)):
                found[name] = base
        return found

    def base(self, plugin: str) -> BaseModel:
        """Return what the configuration says for one of them; raise `InputError` when there is none."""
        known = self.plugins()
        if plugin not in known:
            names = ", ".join(known) or "none"
            raise InputError(f"No plugin “{plugin}” has settings for a chat. There are: {names}.")
        return known[plugin]

    async def now(self, plugin: str, scope: Scope, *, everywhere: bool) -> list[Holding]:
        """Return what holds in a chat, or for everybody of its tenant."""
        chosen = await self._router.layers.store.chosen(plugin, scope.tenant_id, scope.chat_id)
        return holdings(self.base(plugin), [one for one in chosen if not (everywhere and one.of_chat)])

    async def check_right(
        self, key: ConversationKey, author: Author, *, direct: bool, everywhere: bool
    ) -> None:
        """Raise `InputError` when somebody may not change this."""
        if direct and not everywhere:
            return
        role = await self._gate.role(key, author.id)
        if role is None or not role.may_admit:
            raise InputError(NOT_EVERYWHERE if everywhere else NOT_HERE)

    async def change(
        self, context: Context, plugin: str, values: dict[str, JsonValue], *, everywhere: bool
    ) -> None:
        """Choose values; None takes a choice back."""
        event, scope = context.event, context.conversation.scope
        await self.check_right(event.key, event.author, direct=event.direct, everywhere=everywhere)
        base, layers = self.base(plugin), self._router.layers
        chosen = await layers.store.chosen(plugin, scope.tenant_id, scope.chat_id)
        of_tenant = [one for one in chosen if not one.of_chat]
        kept = differing(base if everywhere else layered(base, of_tenant), values)
        where = Where(scope.tenant_id, None if everywhere else scope.chat_id)
        await layers.store.choose(where, plugin, kept, Actor(context.user.id))
        layers.forget()

    async def form(self, pressed: Pressed, plugin: str, *, everywhere: bool) -> Form:
        """Return the form in which a plugin's settings are changed."""
        await self.check_right(pressed.key, pressed.author, direct=pressed.direct, everywhere=everywhere)
        scope = await self._forms.scope_of(pressed.key)
        where = "for everybody" if everywhere else "in this chat"
        return form_for(f"{plugin} {where}"[:75], await self.now(plugin, scope, everywhere=everywhere))


def settings_plugin(settings: Callable[[], Settings]) -> Plugin:
    """Return the core's plugin of /settings."""
    plugin = Plugin(NAME)

    async def ask(pressed: Pressed, *, everywhere: bool = False, name: str) -> Form:
        return await settings().form(pressed, name, everywhere=everywhere)

    @plugin.command("settings", control=True)
    async def settings_(
        context: Context, *, everywhere: bool = False, name: str = "", key: str = "", value: str = ""
    ) -> Part:
        """Show or change what plugins do here: `/settings`, or `/settings draft tone formal`.

        `/settings draft tone reset` takes that back, `/settings draft reset` all of it. Owners and admins set
        with `/settings --everywhere draft tone formal` what holds for everybody.
        """
        desk = settings()
        if not name:
            return await _overview(desk, context)
        if key:
            values = _typed(desk.base(name), name, key, value.strip())
            await desk.change(context, name, values, everywhere=everywhere)
        return await _one(desk, context, name, everywhere=everywhere)

    @plugin.action("change", open=ask, control=True)
    async def change(context: Context, values: Values, *, everywhere: bool = False, name: str) -> Part:
        """Keep what was chosen in the form."""
        desk = settings()
        await desk.change(context, name, _plain(values), everywhere=everywhere)
        return await _one(desk, context, name, everywhere=everywhere)

    return plugin


def _typed(base: BaseModel, name: str, key: str, text: str) -> dict[str, JsonValue]:
    """Return which values somebody typed; None takes a choice back."""
    if key == RESET and not text:
        return {field.name: None for field in choosable(type(base))}
    field = field_of(base, key)
    if not text:
        raise InputError(f"Say what {key} should be: `/settings {name} {key} VALUE`, or `reset`.")
    return {key: None if text == RESET else field.read(text)}


def _plain(values: Values) -> dict[str, JsonValue]:
    from pydantic_core import to_jsonable_python

    plain_values: dict[str, JsonValue] = to_jsonable_python(dict(values))
    return plain_values


async def _overview(desk: Settings, context: Context) -> Part:
    scope, names = context.conversation.scope, list(desk.plugins())
    if not names:
        raise NotFound(NOTHING)
    blocks = [_lines(name, await desk.now(name, scope, everywhere=False)) for name in names]
    buttons = [Button(f"Change {name}"[:64], "change", name) for name in names]
    return Part("\n\n".join(blocks), tuple(buttons[:MOST_BUTTONS]))


async def _one(desk: Settings, context: Context, name: str, *, everywhere: bool) -> Part:
    now = await desk.now(name, context.conversation.scope, everywhere=everywhere)
    data = f"--everywhere {name}" if everywhere else name
    return Part(_lines(name, now, everywhere=everywhere), (Button("Change", "change", data),))


def _lines(name: str, now: list[Holding], *, everywhere: bool = False) -> str:
    where = " for everybody" if everywhere else " in this chat"
    lines = [f"**{plain(name)}**{where}", ""]
    for one in now:
        source = f" ({one.source})" if one.source else ""
        lines.append(f"- `{one.field.name}`: {plain(in_words(one.field, one.value))}{source}")
    return "\n".join(lines)
