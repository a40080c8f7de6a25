"""What a settings class may say about its fields."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from botcore.forms.form import Field
from botcore.forms.of_class import fields_of


@dataclass(frozen=True, slots=True)
class Choosable:
    """A field that people may choose for their chat: ``Annotated[int, Choosable()]``.

    Every other one is shown to nobody there, and only botcore.toml sets it.
    """


def choosable(kind: type[BaseModel]) -> tuple[Field, ...]:
    """Return what people may choose of a settings class; raise `PluginError` for what can't be asked for."""
    return fields_of(kind, {}, only=[name for name, info in kind.model_fields.items() if is_choosable(info)])


def is_choosable(info: FieldInfo) -> bool:
    """Tell whether people may choose a field of a settings class."""
    return any(isinstance(mark, Choosable) for mark in info.metadata)
