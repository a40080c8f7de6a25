"""A form's fields from a pydantic class."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from decimal import Decimal
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from annotated_types import BaseMetadata, Ge, Gt, Le, Len, Lt, MaxLen, MinLen
from pydantic import BaseModel, JsonValue
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined, to_jsonable_python

from botcore.errors import PluginError
from botcore.forms.form import Choice, Field, FieldKind
from botcore.forms.reading import LONGEST_TEXT, TEXTS

LONG = 300  # characters: a text that may be longer is asked for in a larger box
SIMPLE: Mapping[type, FieldKind] = {
    bool: FieldKind.YES_NO,
    int: FieldKind.WHOLE_NUMBER,
    float: FieldKind.NUMBER,
    Decimal: FieldKind.NUMBER,
    date: FieldKind.DATE,
    str: FieldKind.TEXT,
}


def fields_of(
    kind: type[BaseModel], defaults: Mapping[str, JsonValue], *, only: Collection[str] | None = None
) -> tuple[Field, ...]:
    """Return a field for each of the class's; raise `PluginError` for a type that nobody can be asked for."""
    wanted = kind.model_fields if only is None else only
    return tuple(_field(kind, n, info, defaults) for n, info in kind.model_fields.items() if n in wanted)


def askable(info: FieldInfo) -> tuple[FieldKind, tuple[Choice, ...]] | None:
    """Return how a field of a class is asked for, and its choices; None if it can't be."""
    annotation = _without_none(info.annotation)
    if isinstance(annotation, type) and not issubclass(annotation, Enum) and annotation in SIMPLE:
        is_long = annotation is str and (_bounds(info)[1] or 0) > LONG
        return FieldKind.LONG_TEXT if is_long else SIMPLE[annotation], ()
    if choices := _choices(annotation):
        return FieldKind.CHOICE, choices
    if get_origin(annotation) in (list, tuple, set, frozenset):
        one = next((arg for arg in get_args(annotation) if arg is not Ellipsis), None)
        if choices := _choices(one):
            return FieldKind.CHOICES, choices
    return None


def _field(kind: type[BaseModel], name: str, info: FieldInfo, defaults: Mapping[str, JsonValue]) -> Field:
    asked = askable(info)
    if asked is None:
        raise PluginError(
            f"{kind.__name__}.{name} can't be asked for in a form: "
            "it should be a text, a number, a bool, a date, a Literal, an Enum, or a list of these two."
        )
    least, most = _bounds(info)
    if asked[0] in TEXTS and most is not None:
        most = min(most, LONGEST_TEXT)
    return Field(
        name=name,
        label=info.title or "",
        kind=asked[0],
        choices=asked[1],
        default=defaults.get(name, _default(info)),
        required=info.is_required(),
        hint=info.description or "",
        least=least,
        most=most,
    )


def _default(info: FieldInfo) -> JsonValue:
    value = info.get_default(call_default_factory=True, validated_data={})
    if value is PydanticUndefined or value in (None, ""):
        return None
    plain: JsonValue = to_jsonable_python(value)
    return plain


def _without_none(annotation: Any) -> Any:
    if get_origin(annotation) in (Union, UnionType):
        kinds = [one for one in get_args(annotation) if one is not NoneType]
        return _without_none(kinds[0]) if len(kinds) == 1 else annotation
    return annotation


def _choices(annotation: Any) -> tuple[Choice, ...]:
    if get_origin(annotation) is Literal and all(isinstance(one, str) for one in get_args(annotation)):
        return tuple(Choice(one) for one in get_args(annotation))
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        values = [(member.value, member.name.replace("_", " ").capitalize()) for member in annotation]
        if all(isinstance(value, str) for value, _ in values):
            return tuple(Choice(value, label) for value, label in values)
    return ()


def _bounds(info: FieldInfo) -> tuple[float | None, float | None]:
    """Return the least and the most that the class's constraints let through."""
    least: float | None = None
    most: float | None = None
    step = 1 if _without_none(info.annotation) is int else 0
    for rule in _rules(info):
        if isinstance(rule, Ge):
            least = _number(rule.ge)
        elif isinstance(rule, Gt):
            least = _number(rule.gt, step)
        elif isinstance(rule, Le):
            most = _number(rule.le)
        elif isinstance(rule, Lt):
            most = _number(rule.lt, -step)
        elif isinstance(rule, MinLen):
            least = rule.min_length
        elif isinstance(rule, MaxLen):
            most = rule.max_length
    return least, most


def _rules(info: FieldInfo) -> Iterator[BaseMetadata]:
    for rule in info.metadata:
        if isinstance(rule, Len):
            yield from rule
        elif isinstance(rule, BaseMetadata):
            yield rule


def _number(bound: Any, step: int = 0) -> float | None:
    return bound + step if isinstance(bound, int | float) else None
