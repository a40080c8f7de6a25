"""The arguments of a command, as people type them: ``/haiku autumn`` or ``/haiku topic=autumn``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from inspect import Parameter
from typing import Any

from pydantic import TypeAdapter, ValidationError

from botcore.errors import InputError


@dataclass(frozen=True)
class Argument:
    """One keyword-only parameter of a command's handler."""

    name: str
    kind: TypeAdapter[Any]
    takes_rest: bool  # a text that ends the command: it takes all words that are left
    required: bool
    is_flag: bool

    @classmethod
    def of(cls, parameter: Parameter, annotation: Any, *, last: bool) -> Argument:
        """Raise `TypeError` or a pydantic error for an annotation no value can be checked against."""
        return cls(
            name=parameter.name,
            kind=TypeAdapter(annotation),
            takes_rest=last and annotation in (str, str | None),
            required=parameter.default is Parameter.empty,
            is_flag=annotation is bool,
        )

    @property
    def usage(self) -> str:
        return self.name if self.required else f"[{self.name}]"

    def parse(self, text: str) -> object:
        try:
            return self.kind.validate_python(text)
        except ValidationError as error:
            problem = error.errors()[0]["msg"].lower()
            raise InputError(f"{self.name} can't be “{text}”: {problem}.") from error


def usage(command: str, arguments: tuple[Argument, ...]) -> str:
    """Return the line that shows how a command is typed."""
    return " ".join([f"/{command}", *(argument.usage for argument in arguments)])


def parse_arguments(command: str, arguments: tuple[Argument, ...], text: str) -> dict[str, object]:
    """Return the values for a handler's keyword-only parameters; raise `InputError` with the usage."""
    try:
        return _parse(arguments, text)
    except InputError as error:
        raise InputError(f"{error} Type it like this: {usage(command, arguments)}") from error


def _parse(arguments: tuple[Argument, ...], text: str) -> dict[str, object]:
    named, words = _take_named({argument.name: argument for argument in arguments}, text)
    values = dict(named)
    for argument in arguments:
        if argument.name in values or argument.is_flag or not words:
            continue
        if argument.takes_rest:
            values[argument.name], words = argument.parse(words), ""
        else:
            word, _, words = words.partition(" ")
            values[argument.name], words = argument.parse(word), words.strip()
    if words:
        raise InputError(f"“{words}” is one word too many.")
    if missing := [a.name for a in arguments if a.required and a.name not in values]:
        raise InputError(f"{missing[0]} is missing.")
    return values


def _take_named(arguments: Mapping[str, Argument], text: str) -> tuple[dict[str, object], str]:
    """Take ``name=value``, ``--name value`` and ``--flag`` off the beginning of a text."""
    values: dict[str, object] = {}
    rest = text.strip()
    while match := re.match(r"(--)?([A-Za-z_][\w-]*)(?:=(\S*))?(?:\s+|$)", rest):
        dashes, name, value = match[1], match[2].replace("-", "_"), match[3]
        if name not in arguments:
            if dashes:
                raise InputError(f"There is no argument --{name}.")
            break
        if not dashes and value is None:
            break
        rest = rest[match.end() :]
        if value is None and not arguments[name].is_flag:
            value, _, rest = rest.partition(" ")
            rest = rest.strip()
        values[name] = arguments[name].parse("true" if value is None else value)
    return values, rest
