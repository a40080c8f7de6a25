"""What a plugin author declares."""

from __future__ import annotations

import inspect
import os
from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from botcore.declarations import Action, Command, Planned, PluginHandler
from botcore.domain import Lane
from botcore.engine import Engine
from botcore.errors import PluginError
from botcore.forms.form import Form
from botcore.injection import (
    Capability,
    read_checker,
    read_opener,
    read_signature,
    where,
)
from botcore.pipeline import Middleware
from botcore.schedules.times import check_cron
from botcore.settings.marks import choosable

F = TypeVar("F", bound=Callable[..., Any])

# What is done at once: a form is opened, or a function looks, which may return one.
Opener = Form | Callable[..., Awaitable[str | Form | None]]
Checker = Callable[..., Awaitable[None]]


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

        Handlers that name it as a parameter's type get an instance; each field needs a default. People may
        choose in a chat what is marked as `Choosable`.
        `capabilities`: what the plugin may do beyond answering.
        """
        if settings:
            choosable(settings)  # a mark on what nobody can be asked for is told at once
        self.name = name
        self.settings = settings
        self.capabilities = frozenset(capabilities)
        self.commands: dict[str, Command] = {}
        self.actions: dict[str, Action] = {}
        self.planned: dict[str, Planned] = {}
        self.middlewares: list[Middleware] = []
        self.answerer_handler: PluginHandler | None = None

    @property
    def homes(self) -> set[str]:
        """Where its code is: a package's folder, or a file that stands alone."""
        handlers = [command.handler for command in self.commands.values()]
        handlers += [action.run for action in self.actions.values()]
        at_once = [(one.open, one.check) for one in self.commands.values()]
        at_once += [(one.open, one.check) for one in self.actions.values()]
        handlers += [each for pair in at_once for each in pair if isinstance(each, PluginHandler)]
        handlers += [self.answerer_handler] if self.answerer_handler else []
        functions: list[Callable[..., Any]] = [*(h.function for h in handlers), *self.middlewares]
        return {_home(function) for function in functions}

    def command(
        self,
        name: str,
        *,
        open: Opener | None = None,  # noqa: A002  # the domain's word
        check: Checker | None = None,
        control: bool = False,
        job: bool = False,
        private: bool = False,
    ) -> Callable[[F], F]:
        """Register the decorated handler for ``/name``.

        `open`: a form that is opened when the command is typed alone; what is filled in are the handler's
        arguments. Or a coroutine that is called at once, for a second and a half at most, and returns a
        form, or nothing for a command that needs none. `check`: called with what was filled in, before
        anything is kept; it raises `FormRefused` with what stands beside which field.

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
            opener, checker = self._opener(open, pressed=False), self._checker(check, handler)
            _check_form(opener, handler)
            self.commands[name] = Command(name, handler, lane, private, opener, checker)
            return function

        return register

    def action(
        self,
        name: str,
        *,
        open: Opener | None = None,  # noqa: A002  # the domain's word
        check: Checker | None = None,
        control: bool = False,
        job: bool = False,
    ) -> Callable[[F], F]:
        """Register the decorated handler for a `Button`, a `Form` or a schedule that names this action.

        It is called as a command is, with the button's data as its arguments, once for each button.
        `open`: called before that, as soon as the button is pressed, for a second and a half at most: it
        may return a short text for whoever pressed, or raise a `UserError`, and then nothing is done. It
        reads, and changes nothing. It may also return a `Form`, or be one: then that is opened instead, as
        often as the button is pressed, and what is filled in are the handler's arguments. `check`: as a
        command's.
        """
        lane = _lane(control=control, job=job)

        def register(function: F) -> F:
            if name in self.actions:
                raise PluginError(f"{where(function)}: the plugin {self.name} has two actions {name}.")
            handler = self._handler(function)
            _check_lane(handler, control=control, job=job)
            opener, checker = self._opener(open, pressed=True), self._checker(check, handler)
            _check_form(opener, handler)
            self.actions[name] = Action(name, handler, opener, lane, checker)
            return function

        return register

    def every(
        self,
        cron: str,
        *,
        name: str = "",
        zone: str = "",
        late: timedelta = timedelta(hours=1),
        job: bool = False,
    ) -> Callable[[F], F]:
        """Register the decorated handler for certain times: ``@plugin.every("0 9 * * 1-5")``.

        People switch it on in a chat, and off again, with /schedules; its docstring tells them what it does.
        `zone`: whose clock is meant, as ``Europe/Berlin``; empty: that of whoever switches it on. `late`:
        how late it may still be done, once, when the bot was down at that time.
        """

        def register(function: F) -> F:
            called = name or function.__name__
            check_cron(cron, zone, where(function))
            needed = {Capability.SCHEDULE, Capability.SEND_UNASKED} - self.capabilities
            if needed:
                missing = ", ".join(sorted(f"Capability.{one.name}" for one in needed))
                raise PluginError(
                    f"{where(function)}: {called} is done at certain times, and its plugin did not say so: "
                    f"write `Plugin(…, capabilities=[{missing}])`."
                )
            self.action(called, job=job)(function)
            self.planned[called] = Planned(self.actions[called], cron, zone, late)
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

    def _opener(self, opener: Opener | None, *, pressed: bool) -> Form | PluginHandler | None:
        if opener is None or isinstance(opener, Form):
            return opener
        return PluginHandler(self.name, opener, read_opener(opener, self.settings, pressed=pressed))

    def _checker(self, checker: Checker | None, handler: PluginHandler) -> PluginHandler | None:
        if checker is None:
            return None
        return PluginHandler(self.name, checker, read_checker(checker, self.settings, handler.signature))

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


def _check_form(opener: Form | PluginHandler | None, handler: PluginHandler) -> None:
    if isinstance(opener, Form) and not opener.submit and not handler.takes(opener):
        names = ", ".join(opener.by_name)
        raise PluginError(
            f"{where(handler.function)}: its form asks for {names}, not all of which are its arguments."
        )


def _home(function: Callable[..., Any]) -> str:
    function = inspect.unwrap(function)
    file = inspect.getsourcefile(function) or "?"
    is_packaged = bool(function.__globals__.get("__package__"))
    return f"{Path(file).parent}{os.sep}" if is_packaged else file
