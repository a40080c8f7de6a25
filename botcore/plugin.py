"""What a plugin author declares."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from botcore.domain import Lane
from botcore.engine import Engine
from botcore.errors import PluginError
from botcore.injection import Capability, HandlerFunction, Signature, read_signature, where
from botcore.pipeline import Middleware

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class PluginHandler:
    """A plugin's function that answers a message."""

    plugin: str
    function: HandlerFunction
    signature: Signature

    @property
    def name(self) -> str:
        return f"{self.plugin}.{self.function.__name__}"


@dataclass(frozen=True)
class Command:
    """What people type to reach a handler, without the slash."""

    name: str
    handler: PluginHandler
    lane: Lane

    @property
    def description(self) -> str:
        """The first line of the handler's docstring."""
        return (self.handler.function.__doc__ or "").strip().partition("\n")[0]


class Plugin:
    """A named set of handlers. An entry point in the group `botcore.plugins` names an instance."""

    def __init__(
        self,
        name: str,
        *,
        settings: type[BaseModel] | None = None,
        capabilities: Iterable[Capability] = (),
    ) -> None:
        """`settings`: the class of the plugin's table in botcore.toml, `[plugins.NAME]`.

        Handlers that name it as a parameter's type get an instance; each field needs a default.
        `capabilities`: what the plugin may do beyond answering.
        """
        self.name = name
        self.settings = settings
        self.capabilities = frozenset(capabilities)
        self.commands: dict[str, Command] = {}
        self.middlewares: list[Middleware] = []
        self.answerer_handler: PluginHandler | None = None

    @property
    def homes(self) -> set[str]:
        """Where its code is: a package's folder, or a file that stands alone."""
        handlers = [command.handler for command in self.commands.values()]
        handlers += [self.answerer_handler] if self.answerer_handler else []
        functions: list[Callable[..., Any]] = [*(h.function for h in handlers), *self.middlewares]
        return {_home(function) for function in functions}

    def command(self, name: str, *, control: bool = False, job: bool = False) -> Callable[[F], F]:
        """Register the decorated handler for ``/name``.

        `control`: it runs at once, beside whatever is being answered, within five seconds and without
        the engine. `job`: it takes long, so it delays no later message of its conversation; a user's
        jobs follow one another.
        """
        lane = Lane.CONTROL if control else Lane.JOB if job else Lane.TURN

        def register(function: F) -> F:
            if name in self.commands:
                raise PluginError(f"{where(function)}: the plugin {self.name} has two commands /{name}.")
            if control and job:
                raise PluginError(f"{where(function)}: a command is either a job or a control command.")
            handler = self._handler(function)
            if control and Engine in handler.signature.injected.values():
                raise PluginError(
                    f"{where(function)}: a control command runs at once and can't use the engine."
                )
            self.commands[name] = Command(name, handler, lane)
            return function

        return register

    def answerer(self, function: F) -> F:
        """Register the decorated handler for messages that are no command."""
        if self.answerer_handler:
            raise PluginError(f"{where(function)}: the plugin {self.name} has two answerers.")
        self.answerer_handler = self._handler(function)
        if self.answerer_handler.signature.arguments:
            raise PluginError(
                f"{where(function)}: an answerer gets the whole message and takes no arguments."
            )
        return function

    def middleware(self, function: Middleware) -> Middleware:
        """Register a coroutine ``(call_next, context)`` that every turn passes through."""
        self.middlewares.append(function)
        return function

    def _handler(self, function: Callable[..., Any]) -> PluginHandler:
        return PluginHandler(self.name, function, read_signature(function, self.settings, self.capabilities))


def _home(function: Callable[..., Any]) -> str:
    function = inspect.unwrap(function)
    file = inspect.getsourcefile(function) or "?"
    is_packaged = bool(function.__globals__.get("__package__"))
    return f"{Path(file).parent}{os.sep}" if is_packaged else file
