"""What a handler asks for, read from its signature when its plugin loads.

Positional parameters are injected by type; keyword-only ones are the arguments that people type.
A mistake is found here, with the file and the line of the handler.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from inspect import Parameter
from typing import Any, get_type_hints

from botcore.arguments import Argument
from botcore.context import Context
from botcore.conversation import Conversation
from botcore.domain import Author, Part, Pressed, User
from botcore.engine import Engine
from botcore.errors import PluginError
from botcore.forms.values import Values
from botcore.ledger import Ledger
from botcore.plugin_store import PluginStore
from botcore.schedules.schedules import Schedules

HandlerFunction = Callable[..., AsyncIterator[str | Part] | Awaitable[str | Part | None]]

ORDINARY = (Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)
INJECTABLE: tuple[type, ...] = (
    Context,
    Conversation,
    Engine,
    Ledger,
    PluginStore,
    Schedules,
    User,
    Values,
)
AT_ONCE: tuple[type, ...] = (Author, PluginStore)  # what is there before a turn has begun


class Capability(StrEnum):
    """What a plugin may do beyond answering. What it does not declare it is not given."""

    HISTORY = "history"  # read what was said in a chat, to the bot or not
    SCHEDULE = "schedule"  # do things at a certain time
    SEND_UNASKED = "send_unasked"  # say then what nobody has asked for just now


GUARDED: Mapping[type, Capability] = {Ledger: Capability.HISTORY, Schedules: Capability.SCHEDULE}


@dataclass(frozen=True)
class Signature:
    """How a handler is called."""

    injected: Mapping[str, type]
    arguments: tuple[Argument, ...]


def where(function: Callable[..., Any]) -> str:
    """Return file and line of a function, for people."""
    code = inspect.unwrap(function).__code__
    return f"{code.co_filename}:{code.co_firstlineno}"


def read_signature(
    function: HandlerFunction, settings: type | None, capabilities: Collection[Capability]
) -> Signature:
    """Return what `function` asks for; raise `PluginError` when it can't be given."""
    if not (inspect.isasyncgenfunction(function) or inspect.iscoroutinefunction(function)):
        raise _mistake(function, "must be written with `async def`")
    return _read(function, {*INJECTABLE, *([settings] if settings else [])}, capabilities)


def read_opener(function: Callable[..., Any], settings: type | None, *, pressed: bool) -> Signature:
    """Return what the first, quick phase of an action or a command asks for; raise `PluginError` as above.

    `pressed`: it is an action's, so that there is a press.
    """
    if not inspect.iscoroutinefunction(function):
        raise _mistake(function, "must be written with `async def`, and return what it has to say")
    return _read(function, {*AT_ONCE, *([Pressed] if pressed else []), *([settings] if settings else [])}, ())


def read_checker(function: Callable[..., Any], settings: type | None, handler: Signature) -> Signature:
    """Return what the check of a form asks for; raise `PluginError` as above.

    Its arguments are some of those of the handler that the form is for.
    """
    if not inspect.iscoroutinefunction(function):
        raise _mistake(function, "must be written with `async def`, and raise `FormRefused`")
    signature = _read(function, {*AT_ONCE, Values, *([settings] if settings else [])}, ())
    known = {argument.name for argument in handler.arguments}
    if unknown := [one.name for one in signature.arguments if one.name not in known]:
        raise _mistake(function, f"has an argument `{unknown[0]}` that the handler does not have")
    return signature


def _read(function: Callable[..., Any], known: set[type], capabilities: Collection[Capability]) -> Signature:
    hints = _resolve_hints(function)
    parameters = list(inspect.signature(function).parameters.values())
    if odd := [p.name for p in parameters if p.kind not in ORDINARY]:
        raise _mistake(
            function, f"can't be given its parameter `{odd[0]}`: write plain ones, and arguments after a *"
        )
    injected = {p.name: hints.get(p.name) for p in parameters if p.kind is not Parameter.KEYWORD_ONLY}
    for name, kind in injected.items():
        if kind not in known:
            names = ", ".join(sorted(t.__name__ for t in known))
            raise _mistake(
                function, f"can't be given its parameter `{name}`: its type must be one of {names}"
            )
        if (needed := GUARDED.get(kind)) and needed not in capabilities:
            raise _mistake(
                function,
                f"asks for `{name}: {kind.__name__}`, which its plugin did not declare: "
                f"write `Plugin(…, capabilities=[Capability.{needed.name}])`",
            )
    keywords = [p for p in parameters if p.kind is Parameter.KEYWORD_ONLY]
    return Signature(
        injected={name: kind for name, kind in injected.items() if kind is not None},
        arguments=tuple(_argument(function, p, hints.get(p.name), last=p is keywords[-1]) for p in keywords),
    )


def _resolve_hints(function: Callable[..., Any]) -> dict[str, Any]:
    try:
        hints = get_type_hints(function)
    except NameError as error:
        raise _mistake(function, f"names a type that is not imported at run time: {error.name}") from error
    hints.pop("return", None)
    return hints


def _argument(function: Callable[..., Any], parameter: Parameter, annotation: Any, *, last: bool) -> Argument:
    if annotation is None:
        raise _mistake(function, f"needs a type for its argument `{parameter.name}`")
    try:
        return Argument.of(parameter, annotation, last=last)
    except Exception as error:  # pydantic raises several kinds for what it can't check
        raise _mistake(function, f"has an argument `{parameter.name}` of a type nobody can type") from error


def _mistake(function: Callable[..., Any], problem: str) -> PluginError:
    return PluginError(f"{where(function)}: {function.__name__} {problem}.")
