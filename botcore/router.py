"""Which handler answers a message, and how it is called."""

from __future__ import annotations

import difflib
import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import aclosing
from datetime import datetime
from typing import Any, cast

from botcore.arguments import arguments_with, parse_arguments
from botcore.context import Context
from botcore.declarations import Action, Command, PluginHandler
from botcore.domain import ActionEvent, Button, InboundEvent, Lane, Part, is_scheduled
from botcore.errors import InputError, PluginError
from botcore.forms.form import Form
from botcore.forms.values import Values
from botcore.injection import Capability, where
from botcore.ledger import Ledger
from botcore.plugin import Plugin
from botcore.plugin_store import PluginStore
from botcore.providing import Moment, Provider, utc_now
from botcore.settings.layers import Layers, SettingsOf
from botcore.store import Store
from botcore.store.setting_store import SettingStore

COMMAND = re.compile(r"/([a-z][a-z0-9_]*)(?:@\w+)?(?:\s+|$)", re.IGNORECASE)

BUILTIN = "botcore"  # the name of the core's own plugin
SHOW = "show"  # its action that shows a private answer to all
ACCOUNT = "botcore.account"  # and of the one by which people see to what concerns themselves

GONE = "This button does nothing any more. Please use a newer one, or a command."

MOST_BUTTONS = 8  # below a part
LONGEST_LABEL, LONGEST_DATA = 64, 4000  # characters
TOO_MUCH = (
    f"a part has {MOST_BUTTONS} buttons at most, with a label of 1 to {LONGEST_LABEL} characters "
    f"and data of {LONGEST_DATA} at most."
)

START = "start"  # comes from links, and from platforms at a first visit; nobody needs to be told of it


class Router:
    """Knows every command and the answerer of plain messages."""

    def __init__(
        self,
        plugins: Iterable[Plugin],
        *,
        answerer: str,
        store: Store,
        settings_of: SettingsOf,
        ledger_for: Callable[[Context], Ledger],
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        """`answerer` names the plugin that plain messages go to. Raise `PluginError` on a conflict."""
        self._plugins = {plugin.name: plugin for plugin in plugins}
        self.layers = Layers(SettingStore(store.database), settings_of)
        for plugin in self._plugins.values():
            self.layers.base(plugin)  # what can't be used is told at once
        self._provider = Provider(store, self.layers, ledger_for, now)
        self.commands = _unique_commands(self._plugins.values())
        self.assistant_commands = tuple(
            name
            for name, command in self.commands.items()
            if not command.handler.plugin.startswith(f"{BUILTIN}.") and name != START
        )
        self._answerer = _find_answerer(self._plugins, answerer)
        self._folders = {
            home: plugin.name
            for plugin in self._plugins.values()
            if plugin.name != BUILTIN  # its home is everybody's
            for home in plugin.homes
        }

    def is_command(self, text: str) -> bool:
        """Tell whether a text is typed as a command, known or not."""
        return COMMAND.match(text) is not None

    def lane(self, event: InboundEvent) -> Lane:
        """Tell which order a message or a press keeps."""
        if isinstance(event, ActionEvent):
            target = self.target(event.plugin, event.action)
            return target.lane if target else Lane.TURN
        command = self.command_of(event)
        return command.lane if command else Lane.TURN

    def is_private(self, event: InboundEvent) -> bool:
        """Tell whether only the author of a message may read its answer."""
        if event.direct:
            return False
        if isinstance(event, ActionEvent):
            target = self.target(event.plugin, event.action)
            if event.alone and (event.plugin, event.action) != (BUILTIN, SHOW):
                return True
            return isinstance(target, Command) and target.private
        command = self.command_of(event)
        return command is not None and command.private

    def plugin_name(self, event: InboundEvent) -> str:
        """Return whose handler answers; an unknown command is the core's."""
        if isinstance(event, ActionEvent):
            return event.plugin if self.target(event.plugin, event.action) else BUILTIN
        if not self.is_command(event.text):
            return self._answerer.plugin
        command = self.command_of(event)
        return command.handler.plugin if command else BUILTIN

    @property
    def plugins(self) -> Mapping[str, Plugin]:
        """All of them, by name."""
        return self._plugins

    def target(self, plugin: str, name: str) -> Action | Command | None:
        """Return what a press, a form or a schedule calls; a command's name begins with a slash."""
        if plugin not in self._plugins:
            return None
        if name.startswith("/"):
            return self._plugins[plugin].commands.get(name[1:])
        return self._plugins[plugin].actions.get(name)

    def action(self, plugin: str, name: str) -> Action | None:
        """Return what a button does, if its plugin is still there and knows it."""
        return self._plugins[plugin].actions.get(name) if plugin in self._plugins else None

    def command_of(self, event: InboundEvent) -> Command | None:
        """Return the command that a message types, if there is such a one."""
        match = COMMAND.match(event.text)
        return self.commands.get(match[1].lower()) if match else None

    def opens(self, event: InboundEvent) -> Command | None:
        """Return the command that a message types, if that may open a form at once."""
        command = self.command_of(event)
        if command is None or command.open is None:
            return None
        # Who types arguments too wants to be asked no more.
        return None if isinstance(command.open, Form) and typed_behind(event.text) else command

    def plugin_of_file(self, file: str) -> str | None:
        """Return which plugin a source file belongs to, if to any."""
        folders = [folder for folder in self._folders if file.startswith(folder)]
        return self._folders[max(folders, key=len)] if folders else None

    def handler_name(self, event: InboundEvent) -> str:
        """Return who answers, for the records; empty for an unknown command."""
        try:
            return self._resolve(event)[0].name
        except InputError:
            return ""

    async def __call__(self, context: Context) -> None:
        """Let the right handler answer: the innermost of the pipeline."""
        handler, arguments = self._resolve(context.event)
        plugin = self._plugins[handler.plugin]
        injected = await self._provider.for_turn(plugin, handler, context)
        answer: Any = handler.function(**injected, **arguments)
        if isinstance(answer, AsyncGenerator):
            async with aclosing(answer):
                async for piece in answer:
                    self._add(piece, handler, context)
        elif (piece := await answer) is not None:
            self._add(piece, handler, context, is_whole=True)

    async def open(self, target: Action | Command, data: str, moment: Moment) -> str | Form:
        """Let an action or a command look at once; return what it says, or which form is to be opened."""
        opener = target.open
        if opener is None or isinstance(opener, Form):
            return opener or ""
        expected = opener.signature.arguments
        # One that asks for nothing of what was typed is content with whatever that is.
        arguments = parse_arguments(target.name, expected, data) if expected else {}
        said = await self._call_at_once(opener, moment, arguments)
        return said if isinstance(said, Form) else str(said or "")

    async def check(
        self, target: Action | Command, data: str, values: Mapping[str, object], moment: Moment
    ) -> None:
        """Raise `FormRefused` when a handler can't take what a form was filled in with."""
        arguments = arguments_with(target.name, target.run.signature.arguments, data, values)
        if checker := target.check:
            some = {a.name: arguments[a.name] for a in checker.signature.arguments if a.name in arguments}
            await self._call_at_once(checker, moment, some, Values(values))

    async def _call_at_once(
        self,
        handler: PluginHandler,
        moment: Moment,
        arguments: Mapping[str, object],
        values: Values | None = None,
    ) -> Any:
        plugin = self._plugins[handler.plugin]
        injected = await self._provider.at_once(plugin, handler, moment, values)
        said = await cast("Awaitable[Any]", handler.function(**injected, **arguments))
        stores = [one for one in injected.values() if isinstance(one, PluginStore)]
        if any(store.written for store in stores):
            raise PluginError(f"{where(handler.function)}: what is called at once can't change anything.")
        return said

    def may_speak(self, event: InboundEvent) -> bool:
        """Tell whether a turn may say something: at a certain time only a plugin that declares it."""
        if not is_scheduled(event):
            return True
        plugin = self._plugins.get(self.plugin_name(event))
        return plugin is not None and Capability.SEND_UNASKED in plugin.capabilities

    def _add(
        self, piece: str | Part, handler: PluginHandler, context: Context, *, is_whole: bool = False
    ) -> None:
        if not self.may_speak(context.event):
            raise PluginError(
                f"{where(handler.function)}: it says something that nobody has asked for, and its plugin did "
                "not declare that: write `Plugin(…, capabilities=[Capability.SEND_UNASKED])`."
            )
        if isinstance(piece, Part):
            plugin = context.speaks_for[-1] if context.speaks_for else handler.plugin
            if problem := self._problem_with(piece.buttons, plugin):
                raise PluginError(f"{where(handler.function)}: {problem}")
        context.reply.add(piece, is_whole=is_whole)

    def _problem_with(self, buttons: Sequence[Button], plugin: str) -> str:
        for button in buttons:
            if self.action(plugin, button.action) is None:
                return (
                    f"its button “{button.label}” calls the action {button.action}, "
                    f"which the plugin {plugin} does not have."
                )
        fits = all(0 < len(b.label) <= LONGEST_LABEL and len(b.data) <= LONGEST_DATA for b in buttons)
        return "" if fits and len(buttons) <= MOST_BUTTONS else TOO_MUCH

    def _resolve(self, event: InboundEvent) -> tuple[PluginHandler, dict[str, object]]:
        if isinstance(event, ActionEvent):
            target = self.target(event.plugin, event.action)
            if target is None:
                raise InputError(GONE)
            handler, expected = target.run, target.run.signature.arguments
            if event.values is None:
                return handler, parse_arguments(target.name, expected, event.data)
            return handler, arguments_with(target.name, expected, event.data, event.values)
        match = COMMAND.match(event.text)
        if not match:
            return self._answerer, {}
        name = match[1].lower()
        if name not in self.commands:
            close = difflib.get_close_matches(name, self.commands, n=1)
            hint = f"Did you mean /{close[0]}?" if close else "/help shows them all."
            raise InputError(f"There is no command /{name}. {hint}")
        handler = self.commands[name].handler
        return handler, parse_arguments(name, handler.signature.arguments, event.text[match.end() :])


def typed_behind(text: str) -> str:
    """Return what stands behind a command's name."""
    match = COMMAND.match(text)
    return text[match.end() :].strip() if match else ""


def _unique_commands(plugins: Iterable[Plugin]) -> dict[str, Command]:
    commands: dict[str, Command] = {}
    for plugin in plugins:
        for name, command in plugin.commands.items():
            if name in commands:
                other = commands[name].handler.plugin
                raise PluginError(
                    f"The plugins {other} and {plugin.name} both have the command /{name}. "
                    "Remove one of them."
                )
            commands[name] = command
    return commands


def _find_answerer(plugins: dict[str, Plugin], name: str) -> PluginHandler:
    plugin = plugins.get(name)
    if plugin and plugin.answerer_handler:
        return plugin.answerer_handler
    able = ", ".join(sorted(p.name for p in plugins.values() if p.answerer_handler)) or "none"
    raise PluginError(f"bot.answerer is “{name}”, but the plugins that can answer messages are: {able}.")
