"""Which handler answers a message, and how it is called."""

from __future__ import annotations

import difflib
import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from contextlib import aclosing
from typing import Any, cast

from pydantic import BaseModel

from botcore.arguments import parse_arguments
from botcore.context import Context
from botcore.conversation import Conversation
from botcore.domain import ActionEvent, Button, InboundEvent, Lane, Part, Pressed, User
from botcore.engine import Engine
from botcore.errors import InputError, PluginError
from botcore.injection import where
from botcore.ledger import Ledger
from botcore.plugin import Action, Command, Plugin, PluginHandler
from botcore.plugin_store import PluginStore
from botcore.store import Store

COMMAND = re.compile(r"/([a-z][a-z0-9_]*)(?:@\w+)?(?:\s+|$)", re.IGNORECASE)

BUILTIN = "botcore"  # the name of the core's own plugin
ACCOUNT = "botcore.account"  # and of the one by which people see to what concerns themselves

GONE = "This button does nothing any more. Please use a newer one, or a command."

MOST_BUTTONS = 8  # below a part
LONGEST_LABEL, LONGEST_DATA = 64, 4000  # characters
TOO_MUCH = (
    f"a part has {MOST_BUTTONS} buttons at most, with a label of 1 to {LONGEST_LABEL} characters "
    f"and data of {LONGEST_DATA} at most."
)

START = "start"  # comes from links, and from platforms at a first visit; nobody needs to be told of it

SettingsOf = Callable[[Plugin], BaseModel | None]


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
    ) -> None:
        """`answerer` names the plugin that plain messages go to. Raise `PluginError` on a conflict."""
        self._ledger_for = ledger_for
        self._store = store
        self._plugins = {plugin.name: plugin for plugin in plugins}
        self._settings = {name: settings_of(plugin) for name, plugin in self._plugins.items()}
        self.commands = _unique_commands(self._plugins.values())
        self.assistant_commands = tuple(
            name
            for name, command in self.commands.items()
            if command.handler.plugin != ACCOUNT and name != START
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
            action = self.action(event.plugin, event.action)
            return action.lane if action else Lane.TURN
        command = self._command(event)
        return command.lane if command else Lane.TURN

    def is_private(self, event: InboundEvent) -> bool:
        """Tell whether only the author of a message may read its answer."""
        command = None if event.direct or isinstance(event, ActionEvent) else self._command(event)
        return command is not None and command.private

    def plugin_name(self, event: InboundEvent) -> str:
        """Return whose handler answers; an unknown command is the core's."""
        if isinstance(event, ActionEvent):
            return event.plugin if self.action(event.plugin, event.action) else BUILTIN
        if not self.is_command(event.text):
            return self._answerer.plugin
        command = self._command(event)
        return command.handler.plugin if command else BUILTIN

    def action(self, plugin: str, name: str) -> Action | None:
        """Return what a button does, if its plugin is still there and knows it."""
        return self._plugins[plugin].actions.get(name) if plugin in self._plugins else None

    def _command(self, event: InboundEvent) -> Command | None:
        match = COMMAND.match(event.text)
        return self.commands.get(match[1].lower()) if match else None

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
        answer: Any = handler.function(**self._injected(handler, context), **arguments)
        if isinstance(answer, AsyncGenerator):
            async with aclosing(answer):
                async for piece in answer:
                    self._add(piece, handler, context)
        elif (piece := await answer) is not None:
            self._add(piece, handler, context, is_whole=True)

    async def open(self, pressed: Pressed, action: Action, data: str, store: PluginStore) -> str:
        """Let an action's first phase look at a press; return what it says to whoever pressed."""
        if (handler := action.open) is None:
            return ""
        given: dict[type, object] = {Pressed: pressed, PluginStore: store}
        if (settings := self._settings[handler.plugin]) is not None:
            given[type(settings)] = settings
        injected = {name: given[kind] for name, kind in handler.signature.injected.items()}
        arguments = parse_arguments(action.name, handler.signature.arguments, data)
        said: Any = await cast("Awaitable[Any]", handler.function(**injected, **arguments))
        if store.written:
            raise PluginError(f"{where(handler.function)}: what opens an action can't change anything.")
        return said or ""

    def _add(
        self, piece: str | Part, handler: PluginHandler, context: Context, *, is_whole: bool = False
    ) -> None:
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
            action = self.action(event.plugin, event.action)
            if action is None:
                raise InputError(GONE)
            handler = action.run
            return handler, parse_arguments(action.name, handler.signature.arguments, event.data)
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

    def _injected(self, handler: PluginHandler, context: Context) -> dict[str, object]:
        given: dict[type, object] = {
            Context: context,
            Conversation: context.conversation,
            Engine: context.engine,
            User: context.user,
        }
        settings = self._settings[handler.plugin]
        if settings is not None:
            given[type(settings)] = settings
        injected = handler.signature.injected
        if PluginStore in injected.values():
            given[PluginStore] = context.plugin_store(handler.plugin, self._store)
        if Ledger in injected.values():
            given[Ledger] = self._ledger_for(context)
        return {name: given[kind] for name, kind in injected.items()}


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
