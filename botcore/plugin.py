"""What a plugin author declares."""

from __future__ import annotations

import inspect
import os
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from botcore.domain import Lane
from botcore.engine import Engine
from botcore.errors import PluginError
from botcore.injection import (
    Capability,
    HandlerFunction,
    Signature,
    read_opener,
    read_signature,
    where,
)
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
    private: bool = False  # in a group only who asked gets the answer

    @property
    def description(self) -> str:
        """The first line of the handler's docstring."""
        return (self.handler.function.__doc__ or "").strip().partition("\n")[0]


@dataclass(frozen=True)
class Action:
    """What a button does."""

    name: str
    run: PluginHandler  # as a turn, with all that a command has
    open: PluginHandler | None  # at once, while whoever pressed still waits for a sign
    lane: Lane


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
        self.actions: dict[str, Action] = {}
        self.middlewares: list[Middleware] = []
        self.answerer_handler: PluginHandler | None = None

    @property
    def homes(self) -> set[str]:
        """Where its code is: a package's folder, or a file that stands alone."""
        handlers = [command.handler for command in self.commands.values()]
        for action in self.actions.values():
            handlers += [action.run, *([action.open] if action.open else [])]
        handlers += [self.answerer_handler] if self.answerer_handler else []
        functions: list[Callable[..., Any]] = [*(h.function for h in handlers), *self.middlewares]
        return {_home(function) for function in functions}

    def command(
        self, name: str, *, control: bool = False, job: bool = False, private: bool = False
    ) -> Callable[[F], F]:
        """Register the decorated handler for ``/name``.

        `control`: it runs at once, beside whatever is being answered, within five seconds and without
        the engine. `job`: it takes long, so it delays no later message of its conversation; a user's
        jobs follow one another. `private`: in a group only who asked gets the answer, and may show
        it to the others.
        """
        lane = _lane(control=control, job=job)

        def register(function: F) -> F:
            if name in self.commands:
                raise PluginError(f"{where(function)}: the plugin {self.name} has two commands /{name}.")
            handler = self._handler(function)
            _check_lane(handler, control=control, job=job)
            self.commands[name] = Command(name, handler, lane, private)
            return function

        return register

    def action(
        self,
        name: str,
        *,
        open: Callable[..., Awaitable[str | None]] | None = None,  # noqa: A002  # the domain's word
        control: bool = False,
        job: bool = False,
    ) -> Callable[[F], F]:
        """Register the decorated handler for a `Button` that names this action.

        It is called as a command is, with the button's data as its arguments, once for each button.
        `open`: called before that, as soon as the button is pressed, for a second and a half at most: it
        may return a short text for whoever pressed, or raise a `UserError`, and then nothing is done. It
        reads, and changes nothing.
        """
        lane = _lane(control=control, job=job)

        def register(function: F) -> F:
            if name in self.actions:
                raise PluginError(f"{where(function)}: the plugin {self.name} has two actions {name}.")
            handler = self._handler(function)
            _check_lane(handler, control=control, job=job)
            opener = PluginHandler(self.name, open, read_opener(open, self.settings)) if open else None
            self.actions[name] = Action(name, handler, opener, lane)
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


def _lane(*, control: bool, job: bool) -> Lane:
    return Lane.CONTROL if control else Lane.JOB if job else Lane.TURN


def _check_lane(handler: PluginHandler, *, control: bool, job: bool) -> None:
    if control and job:
        raise PluginError(f"{where(handler.function)}: it is either a job or a control command.")
    if control and Engine in handler.signature.injected.values():
        raise PluginError(
            f"{where(handler.function)}: a control command runs at once and can't use the engine."
        )


def _home(function: Callable[..., Any]) -> str:
    function = inspect.unwrap(function)
    file = inspect.getsourcefile(function) or "?"
    is_packaged = bool(function.__globals__.get("__package__"))
    return f"{Path(file).parent}{os.sep}" if is_packaged else file
