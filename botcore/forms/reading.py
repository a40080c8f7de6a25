"""What people give for a field, checked and turned into JSON of its kind; and that JSON into typed values."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from pydantic import JsonValue

from botcore.errors import InputError

LONGEST_TEXT = 3000  # characters: platforms take no more
YES, NO = ("yes", "y", "true", "on", "1"), ("no", "n", "false", "off", "0")
GROUPED = re.compile(r"[+-]?[1-9]\d{0,2}([.,])\d{3}(\1\d{3})*")  # by thousands: 1,000 or 1.000.000
BOTH_SIGNS = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+\.\d+|[+-]?\d{1,3}(?:\.\d{3})+,\d+")  # 1,000.5 or 1.000,5
DATES = ("%Y-%m-%d", "%d.%m.%Y", "%d %B %Y", "%d %b %Y", "%B %d, %Y")


class FieldKind(StrEnum):
    """What a field asks for."""

    TEXT = "text"  # of one line
    LONG_TEXT = "long text"
    CHOICE = "choice"
    CHOICES = "choices"  # several of them
    NUMBER = "number"
    WHOLE_NUMBER = "whole number"
    DATE = "date"
    YES_NO = "yes or no"


TEXTS = (FieldKind.TEXT, FieldKind.LONG_TEXT)


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a field's answers: the handler gets its value, people read its label."""

    value: str
    label: str = ""

    def __post_init__(self) -> None:
        if not self.label:
            object.__setattr__(self, "label", self.value)


@dataclass(frozen=True)
class FieldRules:
    """What a field is, and what it takes."""

    name: str
    label: str = ""  # what people read; empty: the name
    kind: FieldKind = FieldKind.TEXT
    choices: tuple[Choice, ...] = ()
    default: JsonValue = None  # what stands in it when it is opened
    required: bool = True
    hint: str = ""  # a few words more
    least: float | None = None
    most: float | None = None


Reader = Callable[[FieldRules, JsonValue], JsonValue]


def read_value(field: FieldRules, value: JsonValue) -> JsonValue:
    """Return what somebody gave as JSON of the field's kind; raise `InputError` for people."""
    if isinstance(value, str):
        value = value.strip()
    if value is None or value == "" or value == []:
        if field.required:
            raise InputError("This is needed.")
        return None
    return READERS[field.kind](field, value)


def typed(kind: str, value: JsonValue) -> object:
    """Return a value that was read as Python has it: a `date`, a tuple of choices."""
    if kind == FieldKind.DATE and isinstance(value, str):
        return date.fromisoformat(value)
    return tuple(value) if isinstance(value, list) else value


def in_words(field: FieldRules, value: JsonValue) -> str:
    """Return a value that was read as people say it."""
    labels = {choice.value: choice.label for choice in field.choices}
    if value in (None, ""):
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(labels.get(str(one), str(one)) for one in value) or "nothing"
    if isinstance(value, float):
        return in_digits(value)
    return labels.get(str(value), str(value))


def in_digits(number: float) -> str:
    """Return a number as people write it: all of its digits, and no exponent."""
    text = f"{Decimal(repr(number)):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _text(field: FieldRules, value: JsonValue) -> JsonValue:
    text = str(value)
    if field.kind is FieldKind.TEXT:
        text = " ".join(text.splitlines())
    least, most = int(field.least or 0), int(field.most or LONGEST_TEXT)
    if len(text) < least:
        raise InputError(f"Please write at least {least} characters.")
    if len(text) > most:
        raise InputError(f"Please write {most} characters at most; these are {len(text)}.")
    return text


def _choice(field: FieldRules, value: JsonValue) -> JsonValue:
    """Take a choice by its value, its label or its number in the list, in this order."""
    text = str(value)
    for meant in (lambda c: c.value == text, lambda c: _same(c.value, text), lambda c: _same(c.label, text)):
        if found := [choice.value for choice in field.choices if meant(choice)]:
            return found[0]
    if text.isdecimal() and 0 < int(text) <= len(field.choices):
        return field.choices[int(text) - 1].value
    raise InputError(f"Please choose one of these: {_listed(field.choices)}.")


def _choices(field: FieldRules, value: JsonValue) -> JsonValue:
    wanted = value if isinstance(value, list) else str(value).split(",")
    chosen = [_choice(field, one.strip() if isinstance(one, str) else one) for one in wanted if one]
    taken = [choice.value for choice in field.choices if choice.value in chosen]
    if field.least is not None and len(taken) < field.least:
        raise InputError(f"Please choose at least {in_digits(field.least)}.")
    if field.most is not None and len(taken) > field.most:
        raise InputError(f"Please choose {in_digits(field.most)} at most.")
    return list[JsonValue](taken)


def _number(field: FieldRules, value: JsonValue) -> JsonValue:
    whole = field.kind is FieldKind.WHOLE_NUMBER
    number = _as_number(_with_point(value.strip(), whole=whole) if isinstance(value, str) else value)
    if whole and number != int(number):
        raise InputError("Please give a whole number.")
    if field.least is not None and number < field.least:
        raise InputError(f"Please give a number of at least {in_digits(field.least)}.")
    if field.most is not None and number > field.most:
        raise InputError(f"Please give a number of {in_digits(field.most)} at most.")
    return int(number) if whole else number


def _with_point(text: str, *, whole: bool) -> str:
    """Return a number with a point and no other signs: people write it as they do where they live."""
    if BOTH_SIGNS.fullmatch(text):
        thousands = "," if text.index(",") < text.rindex(".") else "."
        return text.replace(thousands, "").replace(",", ".")
    grouped = GROUPED.fullmatch(text)
    if grouped and (whole or grouped[2]):
        return text.replace(grouped[1], "")
    if grouped and grouped[1] == ",":
        without, point = text.replace(",", ""), text.replace(",", ".")
        raise InputError(f"“{text}” could be {without} or {point}. Please write one of these.")
    return text.replace(",", ".")


def _as_number(value: JsonValue) -> float:
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise InputError("Please give a number, like 3.") from None
    if isinstance(value, bool) or abs(number) > 1e15 or number != number:
        raise InputError("Please give a number, like 3.")
    return number


def _date(field: FieldRules, value: JsonValue) -> JsonValue:
    text = str(value).strip()
    for form in DATES:
        try:
            return datetime.strptime(text, form).date().isoformat()
        except ValueError:
            continue
    raise InputError("Please give a date, like 2026-03-31.")


def _yes_no(field: FieldRules, value: JsonValue) -> JsonValue:
    if isinstance(value, bool):
        return value
    word = str(value).casefold()
    if word in YES or word in NO:
        return word in YES
    raise InputError("Please say yes or no.")


def _same(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()


def _listed(choices: Sequence[Choice]) -> str:
    return ", ".join(choice.label for choice in choices)


READERS: Mapping[FieldKind, Reader] = {
    FieldKind.TEXT: _text,
    FieldKind.LONG_TEXT: _text,
    FieldKind.CHOICE: _choice,
    FieldKind.CHOICES: _choices,
    FieldKind.NUMBER: _number,
    FieldKind.WHOLE_NUMBER: _number,
    FieldKind.DATE: _date,
    FieldKind.YES_NO: _yes_no,
}
