"""Which handler answers a message, and how it is called."""

from __future__ import annotations

import difflib
import re
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing
from typing import Any

from pydantic import BaseModel

from botcore.arguments import parse_arguments
from botcore.context import Context
from botcore.conversation import Conversation
from botcore.domain import Lane, Part, User
from botcore.engine import Engine
from botcore.errors import InputError, PluginError
from botcore.ledger import Ledger
from botcore.plugin import Command, Plugin, PluginHandler
from botcore.plugin_store import PluginStore
from botcore.store import Store

COMMAND = re.compile(r"/([a-z][a-z0-9_]*)(?:@\w+)?(?:\s+|$)", re.IGNORECASE)

BUILTIN = "botcore"  # the name of the core's own plugin
ACCOUNT = "botcore.account"  # and of the one by which people see to what concerns themselves

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
            name for name, command in self.commands.items() if command.handler.plugin != ACCOUNT
        )
        self._answerer = _find_answerer(self._plugins, answerer)
        self._folders = {
            home: plugin.name
            for plugin in self._plugins.values()
            if plugin.name != BUILTIN  # its home is everybody's
            for home in plugin.homes
        }

    def is_command(self, text: str, name: str | None = None) -> bool:
        """Tell whether a text is typed as a command, known or not; or as the one of a certain name."""
        match = COMMAND.match(text)
        return match is not None and name in (None, match[1].lower())

    def lane(self, text: str) -> Lane:
        """Tell which order a message keeps."""
        match = COMMAND.match(text)
        command = self.commands.get(match[1].lower()) if match else None
        return command.lane if command else Lane.TURN

    def plugin_name(self, text: str) -> str:
        """Return whose handler answers a text; an unknown command is the core's."""
        match = COMMAND.match(text)
        if not match:
            return self._answerer.plugin
        command = self.commands.get(match[1].lower())
        return command.handler.plugin if command else BUILTIN

    def plugin_of_file(self, file: str) -> str | None:
        """Return which plugin a source file belongs to, if to any."""
        folders = [folder for folder in self._folders if file.startswith(folder)]
        return self._folders[max(folders, key=len)] if folders else None

    def handler_name(self, text: str) -> str:
        """Return who answers a text, for the records; empty for an unknown command."""
        try:
            return self._resolve(text)[0].name
        except InputError:
            return ""

    async def __call__(self, context: Context) -> None:
        """Let the right handler answer: the innermost of the pipeline."""
        handler, arguments = self._resolve(context.event.text)
        answer: Any = handler.function(**self._injected(handler, context), **arguments)
        if isinstance(answer, AsyncGenerator):
            await _write_pieces(answer, context)
        elif (piece := await answer) is not None:
            context.reply.add(piece)

    def _resolve(self, text: str) -> tuple[PluginHandler, dict[str, object]]:
        match = COMMAND.match(text)
        if not match:
            return self._answerer, {}
        name = match[1].lower()
        if name not in self.commands:
            close = difflib.get_close_matches(name, self.commands, n=1)
            hint = f"Did you mean /{close[0]}?" if close else "/help shows them all."
            raise InputError(f"There is no command /{name}. {hint}")
        handler = self.commands[name].handler
        return handler, parse_arguments(name, handler.signature.arguments, text[match.end() :])

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


async def _write_pieces(pieces: AsyncGenerator[str | Part, None], context: Context) -> None:
    async with aclosing(pieces):
        async for piece in pieces:
            context.reply.add(piece)


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
