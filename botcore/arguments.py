"""The arguments of a command, as people type them: ``/haiku autumn`` or ``/haiku topic=autumn``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from inspect import Parameter
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError

from botcore.errors import FormRefused, InputError

# Phones make one long dash of two short ones.
NAMED = re.compile(r"(--|—)?([A-Za-z_][\w-]*)(?:=(\S*))?(?:\s+|$)")
# What follows a word on further lines keeps its indentation: it may be code.
WORD = re.compile(r"\s*(\S+)(?:\s*(\n)|\s*)")


@dataclass(frozen=True)
class Argument:
    """One keyword-only parameter of a command's handler."""

    name: str
    kind: TypeAdapter[Any]
    takes_rest: bool  # a text that ends the command: it takes all words that are left
    required: bool
    is_flag: bool
    choices: tuple[str, ...] = ()  # of a `Literal`
    is_form: bool = False  # a pydantic class: a form fills it in, nobody can type it

    @classmethod
    def of(cls, parameter: Parameter, annotation: Any, *, last: bool) -> Argument:
        """Raise `TypeError` or a pydantic error for an annotation no value can be checked against."""
        return cls(
            name=parameter.name,
            kind=TypeAdapter(annotation),
            takes_rest=last and annotation in (str, str | None),
            required=parameter.default is Parameter.empty,
            is_flag=annotation is bool,
            choices=_choices(annotation),
            is_form=isinstance(annotation, type) and issubclass(annotation, BaseModel),
        )

    @property
    def by_name(self) -> bool:
        """Tell whether it is never meant by its place.

        A choice that may be left out would take a word of the text behind it.
        """
        return self.is_flag or bool(self.choices and not self.required)

    @property
    def usage(self) -> str:
        choices = "|".join(self.choices)
        if self.by_name:
            return f"[{' '.join(filter(None, (f'--{self.name}', choices)))}]"
        return (choices or self.name) if self.required else f"[{self.name}]"

    def parse(self, text: str) -> object:
        try:
            return self.kind.validate_python(text.casefold() if self.choices else text)
        except ValidationError as error:
            problem = error.errors()[0]["msg"].lower()
            raise InputError(f"{self.name} can't be “{text}”: {problem}.") from error


def usage(command: str, arguments: Sequence[Argument]) -> str:
    """Return the line that shows how a command is typed."""
    return " ".join([f"/{command}", *(argument.usage for argument in arguments if not argument.is_form)])


def parse_arguments(command: str, arguments: Sequence[Argument], text: str) -> dict[str, object]:
    """Return the values for a handler's keyword-only parameters; raise `InputError` with the usage."""
    try:
        return _parse(arguments, text)
    except InputError as error:
        raise InputError(f"{error} Type it like this: {usage(command, arguments)}") from error


def arguments_with(
    command: str, arguments: Sequence[Argument], text: str, values: Mapping[str, object]
) -> dict[str, object]:
    """Return the values for a handler's keyword-only parameters, some of which a form has asked for.

    `values`: all of the form's fields; None where nothing was filled in. Raise `FormRefused`.
    """
    given = {name: value for name, value in values.items() if value is not None}
    errors: dict[str, str] = {}
    found: dict[str, object] = {}
    for argument in arguments:
        if argument.is_form or argument.name in given:
            try:
                value = given if argument.is_form else given[argument.name]
                found[argument.name] = argument.kind.validate_python(value)
            except ValidationError as error:
                errors |= _beside_fields(error, argument, values)
    if errors:
        raise FormRefused(errors)
    typed = [one for one in arguments if not one.is_form and one.name not in values]
    return found | parse_arguments(command, typed, text)


def _beside_fields(
    error: ValidationError, argument: Argument, values: Mapping[str, object]
) -> dict[str, str]:
    errors = {}
    for mistake in reversed(error.errors()):
        field = str(mistake["loc"][0]) if argument.is_form and mistake["loc"] else argument.name
        problem = mistake["msg"].removeprefix("Value error, ").removesuffix(".")
        errors[field if field in values else ""] = f"{problem}."
    return errors


def _choices(annotation: Any) -> tuple[str, ...]:
    """Return the words of a `Literal`, or of one that may be None; empty if they are no words in small."""
    kinds = [kind for kind in (annotation, *get_args(annotation)) if get_origin(kind) is Literal]
    choices = get_args(kinds[0]) if kinds else ()
    return choices if all(isinstance(word, str) and word == word.casefold() for word in choices) else ()


def _parse(arguments: Sequence[Argument], text: str) -> dict[str, object]:
    if any(argument.is_form and argument.required for argument in arguments):
        raise InputError("Type it alone, without more words: then I ask you for the rest.")
    arguments = [argument for argument in arguments if not argument.is_form]
    by_name = {argument.name: argument for argument in arguments}
    values, rest = _take_named(by_name, text)
    for argument in arguments:
        if argument.name in values or argument.by_name or not rest:
            continue
        if argument.takes_rest:
            values[argument.name], rest = argument.parse(rest), ""
        elif word := WORD.match(rest):
            values[argument.name], rest = argument.parse(word[1]), rest[word.end() :]
            if not word[2]:  # a further line begins the text
                more, rest = _take_named(by_name, rest, within=True)
                values |= more
    if rest:
        raise InputError(f"“{rest.strip()}” is one word too many.")
    if missing := [a.name for a in arguments if a.required and a.name not in values]:
        raise InputError(f"{missing[0]} is missing.")
    return values


def _take_named(
    arguments: Mapping[str, Argument], text: str, *, within: bool = False
) -> tuple[dict[str, object], str]:
    """Take ``name=value``, ``--name value`` and ``--flag`` off the beginning of a text.

    `within` a command, ``code=5`` may be the text itself and not how the text's argument is named.
    """
    values: dict[str, object] = {}
    rest = text.rstrip()
    while match := NAMED.match(rest):
        dashes, name, value = match[1], match[2].replace("-", "_"), match[3]
        argument = arguments.get(name)
        if dashes and not argument:
            raise InputError(f"There is no argument --{name}.")
        if not argument or not (dashes or value is not None):
            break
        if within and argument.takes_rest and not dashes:
            break
        rest = rest[match.end() :]
        if value is None and not argument.is_flag:
            word = WORD.match(rest)
            value, rest = (word[1], rest[word.end() :]) if word else ("", "")
        values[name] = argument.parse("true" if value is None else value)
    return values, rest
