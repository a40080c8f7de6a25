"""What a form is: its fields, and what may stand in them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Self

from pydantic import BaseModel, JsonValue, TypeAdapter

from botcore.errors import InputError, PluginError
from botcore.forms.reading import LONGEST_TEXT, TEXTS, Choice, FieldKind, FieldRules, read_value

__all__ = ["Choice", "Field", "FieldKind", "Form", "OpenForm"]

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
MOST_FIELDS = 50
LONGEST_LABEL, LONGEST_VALUE, LONGEST_HINT, LONGEST_TITLE = 75, 150, 150, 75  # characters
MOST_CHOICES = 100
MOST_CHOICES_AT_ONCE = 10  # of which several may be taken: platforms show them all


@dataclass(frozen=True)
class Field(FieldRules):
    """One question of a form. Its name is the handler's argument that gets the answer.

    `least` and `most` bound a number, the length of a text, or how many choices are taken. No text is longer
    than 3000 characters.
    """

    def __post_init__(self) -> None:
        if problem := self._problem():
            raise PluginError(f"The form's field {self.name!r} {problem}.")
        if self.default is not None:
            object.__setattr__(self, "default", self.read(self.default))

    @property
    def shown(self) -> str:
        """What people read above it."""
        return self.label or self.name.replace("_", " ").capitalize()

    def read(self, value: JsonValue) -> JsonValue:
        """Return what somebody gave as JSON of this field's kind, None for nothing.

        Raise `InputError` with what is wrong with it, for people.
        """
        return read_value(self, value)

    def _problem(self) -> str:
        has_choices = self.kind in (FieldKind.CHOICE, FieldKind.CHOICES)
        most_choices = MOST_CHOICES_AT_ONCE if self.kind is FieldKind.CHOICES else MOST_CHOICES
        if not NAME.fullmatch(self.name):
            return "needs a name of letters, digits and underscores"
        if has_choices != bool(self.choices):
            return "needs choices" if has_choices else f"is a {self.kind} and can't have choices"
        if len(self.choices) > most_choices:
            return f"has more than {most_choices} choices"
        if len({choice.value for choice in self.choices}) < len(self.choices):
            return "has the same choice twice"
        if any(not 0 < len(choice.label) <= LONGEST_LABEL for choice in self.choices):
            return f"has a choice whose label is empty or longer than {LONGEST_LABEL} characters"
        if any(len(choice.value) > LONGEST_VALUE for choice in self.choices):
            return f"has a choice whose value is longer than {LONGEST_VALUE} characters"
        if len(self.shown) > LONGEST_LABEL or len(self.hint) > LONGEST_HINT:
            return f"has a label longer than {LONGEST_LABEL} or a hint longer than {LONGEST_HINT} characters"
        if self.kind in TEXTS and max(self.least or 0, self.most or 0) > LONGEST_TEXT:
            return f"asks for more than the {LONGEST_TEXT} characters that platforms take"
        return self._problem_with_default()

    def _problem_with_default(self) -> str:
        try:
            if self.default is not None:
                self.read(self.default)
        except InputError as error:
            return f"can't have the default {self.default!r}: {error}"
        return ""


@dataclass(frozen=True)
class Form:
    """A description of what is asked. Platforms that have forms draw it, elsewhere the bot asks in turn.

    `submit`: the action of the same plugin that gets the answers; empty: the command or the action that
    opened it. `data`: that action's other arguments, as people would type them; empty, of the same action:
    those it was opened with. `label`: on the button that sends it.
    """

    title: str
    fields: tuple[Field, ...]
    submit: str = ""
    data: str = ""
    label: str = "Send"

    def __post_init__(self) -> None:
        object.__setattr__(self, "fields", tuple(self.fields))
        names = [field.name for field in self.fields]
        if not 0 < len(names) <= MOST_FIELDS:
            raise PluginError(f"The form {self.title!r} needs 1 to {MOST_FIELDS} fields.")
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise PluginError(f"The form {self.title!r} has two fields {twice!r}.")
        if not 0 < len(self.title) <= LONGEST_TITLE:
            raise PluginError(f"A form needs a title of 1 to {LONGEST_TITLE} characters: {self.title!r}.")

    @classmethod
    def of(
        cls,
        kind: type[BaseModel],
        title: str = "",
        *,
        submit: str = "",
        data: str = "",
        label: str = "Send",
        defaults: Mapping[str, JsonValue] | None = None,
    ) -> Self:
        """Return the form of a pydantic class: a field for each of its own, asked as its type says.

        The title is, if none is given, the first line of the class's docstring. `defaults`: what stands in
        fields instead of the class's own. A type that nobody can be asked for raises `PluginError`.
        """
        from botcore.forms.of_class import fields_of

        title = title or (kind.__doc__ or kind.__name__).strip().partition("\n")[0].rstrip(".")
        return cls(title, fields_of(kind, defaults or {}), submit, data, label)

    @cached_property
    def by_name(self) -> Mapping[str, Field]:
        """The fields by their names."""
        return {field.name: field for field in self.fields}

    def as_json(self) -> JsonValue:
        """Return it as the database keeps it."""
        described: JsonValue = _adapter().dump_python(self, mode="json")
        return described

    @staticmethod
    def from_json(described: JsonValue) -> Form:
        """Return what `as_json` made."""
        return _adapter().validate_python(described)


@cache  # building it takes longer than everything else that is imported here
def _adapter() -> TypeAdapter[Form]:
    return TypeAdapter(Form)


@dataclass(frozen=True, slots=True)
class OpenForm:
    """A form that is open before somebody. Its id comes back in `Submitted.form_id`."""

    id: str  # opaque, at most 64 characters
    form: Form
