"""Which settings people may choose, what holds just now and why, and what they type read as a value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from pydantic import BaseModel, JsonValue, ValidationError
from pydantic_core import to_jsonable_python

from botcore.errors import FormRefused, InputError
from botcore.forms.form import Field, Form
from botcore.settings.layers import layered, validated
from botcore.settings.marks import choosable
from botcore.store.setting_store import Chosen


class Source(StrEnum):
    """Where a value comes from, for people."""

    CHAT = "chosen for this chat"
    TENANT = "chosen for everybody here"
    FILE = "from the operator"
    DEFAULT = ""


@dataclass(frozen=True, slots=True)
class Holding:
    """A setting that people may choose, and what holds just now."""

    field: Field
    value: JsonValue
    source: Source


def holdings(base: BaseModel, chosen: Sequence[Chosen]) -> list[Holding]:
    """Return what holds for each of them."""
    settings = layered(base, chosen)
    by_chat = {one.key for one in chosen if one.of_chat}
    by_tenant = {one.key for one in chosen if not one.of_chat}
    found = []
    for field in choosable(type(base)):
        source = Source.FILE if field.name in base.model_fields_set else Source.DEFAULT
        source = Source.TENANT if field.name in by_tenant else source
        source = Source.CHAT if field.name in by_chat else source
        found.append(Holding(field, to_jsonable_python(getattr(settings, field.name)), source))
    return found


def form_for(title: str, now: Sequence[Holding]) -> Form:
    """Return the form in which all of them are chosen."""
    fields = tuple(
        Field(
            one.field.name,
            one.field.label,
            one.field.kind,
            one.field.choices,
            default=_in_a_form(one),
            required=False,
            hint=one.field.hint,
            least=one.field.least,
            most=one.field.most,
        )
        for one in now
    )
    return Form(title, fields, label="Save")


def _in_a_form(one: Holding) -> JsonValue:
    """Return what stands in a setting's field: nothing, if the operator set what no form can hold."""
    if one.value in (None, "", []):
        return None
    try:
        return one.field.read(one.value)
    except InputError:
        return None


def field_of(base: BaseModel, key: str) -> Field:
    """Return the field of a setting that people may choose; raise `InputError` with what there is."""
    fields = {field.name: field for field in choosable(type(base))}
    if key not in fields:
        names = ", ".join(fields) or "none"
        raise InputError(f"There is no setting “{key}” that can be chosen here. There are: {names}.")
    return fields[key]


def differing(lower: BaseModel, values: Mapping[str, JsonValue]) -> dict[str, JsonValue | None]:
    """Return what has to be kept of a choice over what holds below it; None for what is as there.

    Raise `FormRefused` when the class does not take it all together.
    """
    kind = type(lower)
    below = {name: to_jsonable_python(getattr(lower, name)) for name in values}
    kept = {name: None if value in (None, below[name]) else value for name, value in values.items()}
    over = {name: getattr(lower, name) for name in lower.model_fields_set}
    try:
        validated(kind, {**over, **{name: value for name, value in kept.items() if value is not None}})
    except ValidationError as error:
        raise FormRefused(
            {str(one["loc"][0]) if one["loc"] else "": f"{one['msg']}." for one in error.errors()}
        ) from error
    return kept
