"""What a form may be, and what may stand in it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from pydantic import BaseModel
from pydantic import Field as Rule

from botcore import Choice, Field, FieldKind, Form, InputError, Plugin
from botcore.errors import PluginError
from botcore.forms.dialogue import Asked, Said
from botcore.forms.reading import in_words
from tests.botcore.forms.ordering import Order


def test_a_form_that_its_handler_does_not_take_is_refused_when_the_plugin_loads() -> None:
    plugin = Plugin("odd")

    async def odd(*, shape: str) -> str:
        return shape

    with pytest.raises(PluginError, match="its form asks for colour"):
        plugin.command("odd", open=Form("Odd", (Field("colour"),)))(odd)


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda: Field("a b"), "needs a name"),
        (lambda: Field("a", kind=FieldKind.CHOICE), "needs choices"),
        (lambda: Field("a", choices=(Choice("b"),)), "can't have choices"),
        (lambda: Field("a", kind=FieldKind.NUMBER, most=3, default=4), "can't have the default 4"),
        (lambda: Field("a", kind=FieldKind.LONG_TEXT, most=5000), "more than the 3000 characters"),
        (lambda: Field("a", default="x" * 3001), "can't have the default"),
        (lambda: Field("a", kind=FieldKind.CHOICE, choices=(Choice("x" * 151, "X"),)), "longer than 150"),
        (lambda: Form("A", ()), "needs 1 to 50 fields"),
        (lambda: Form("A", (Field("b"), Field("b"))), "two fields 'b'"),
        (lambda: Form.of(Unaskable), "Unaskable.words can't be asked for"),
    ],
)
def test_a_mistake_in_a_form_is_said_at_once(make: Callable[[], object], problem: str) -> None:
    with pytest.raises(PluginError, match=problem):
        make()


class Unaskable(BaseModel):
    """Something that no form asks for."""

    words: dict[str, int] = {}


def test_tomorrow_is_the_day_after_today_where_people_are() -> None:
    form = Form("When", (Field("day", kind=FieldKind.DATE),))
    asked = Asked(form, today=date(2026, 12, 31))

    assert asked.after(Said.typed("Tomorrow")).answers == {"day": "2027-01-01"}
    assert asked.after(Said.typed("31.3.2026")).answers == {"day": "2026-03-31"}
    assert asked.after(Said.typed("soon")).error == "Please give a date, like 2026-03-31."


def test_a_class_becomes_fields_with_its_titles_defaults_and_bounds() -> None:
    dish, portions, extras, day = Form.of(Order).fields

    assert (dish.shown, dish.kind, dish.required) == ("What would you like?", FieldKind.CHOICE, True)
    assert (portions.shown, portions.least, portions.most, portions.default) == ("Portions", 1, 9, 1)
    assert [choice.value for choice in extras.choices] == ["bread", "water", "cake"]
    assert (day.kind, day.required) == (FieldKind.DATE, False)


class Essay(BaseModel):
    """Write an essay."""

    text: str = Rule("", max_length=5000)


def test_a_class_that_takes_longer_texts_than_platforms_do_can_be_asked_for() -> None:
    [text] = Form.of(Essay).fields

    assert (text.kind, text.most) == (FieldKind.LONG_TEXT, 3000)


@pytest.mark.parametrize(
    ("field", "given", "read"),
    [
        (Field("a"), "  two\nlines ", "two lines"),
        (Field("a", kind=FieldKind.LONG_TEXT), "two\nlines", "two\nlines"),
        (Field("a", kind=FieldKind.NUMBER), "1,5", 1.5),
        (Field("a", kind=FieldKind.WHOLE_NUMBER), "12", 12),
        (Field("a", kind=FieldKind.WHOLE_NUMBER), "1,000", 1000),
        (Field("a", kind=FieldKind.WHOLE_NUMBER), "1.000.000", 1_000_000),
        (Field("a", kind=FieldKind.NUMBER), "-1,000,000", -1_000_000),
        (Field("a", kind=FieldKind.NUMBER), "1,234.5", 1234.5),
        (Field("a", kind=FieldKind.NUMBER), "1.234,5", 1234.5),
        (Field("a", kind=FieldKind.NUMBER), "0,125", 0.125),
        (Field("a", kind=FieldKind.NUMBER), "1.125", 1.125),
        (Field("a", kind=FieldKind.YES_NO), "Yes", True),
        (Field("a", required=False), "", None),
        (Field("a", kind=FieldKind.CHOICE, choices=(Choice("1", "One"), Choice("b", "Bee"))), "2", "b"),
        (Field("a", kind=FieldKind.CHOICE, choices=(Choice("1", "One"), Choice("b", "Bee"))), "bee", "b"),
    ],
)
def test_what_is_given_is_read(field: Field, given: str, read: object) -> None:
    assert field.read(given) == read


@pytest.mark.parametrize(
    ("field", "given"),
    [
        (Field("a"), "  "),
        (Field("a", most=3), "four"),
        (Field("a", kind=FieldKind.NUMBER), "nan"),
        (Field("a", kind=FieldKind.WHOLE_NUMBER), "1.5"),
        (Field("a", kind=FieldKind.NUMBER), "inf"),
        (Field("a", kind=FieldKind.YES_NO), "perhaps"),
        (Field("a", kind=FieldKind.DATE), "2026-02-30"),
        (Field("a", kind=FieldKind.CHOICES, choices=(Choice("b"), Choice("c")), most=1), "b, c"),
    ],
)
def test_what_can_not_be_is_refused_in_words(field: Field, given: str) -> None:
    with pytest.raises(InputError, match=r"\.$"):
        field.read(given)


def test_a_number_that_could_be_two_is_asked_for_again() -> None:
    with pytest.raises(InputError) as refused:
        Field("a", kind=FieldKind.NUMBER).read("1,000")

    assert str(refused.value) == "“1,000” could be 1000 or 1.000. Please write one of these."


def test_people_read_numbers_in_digits() -> None:
    amount = Field("a", kind=FieldKind.NUMBER, most=1_234_567)
    with pytest.raises(InputError) as refused:
        amount.read("2000000.5")

    assert str(refused.value) == "Please give a number of 1234567 at most."
    assert [in_words(amount, number) for number in (1234567.5, 3.0, 1e-7, 100.0)] == [
        "1234567.5",
        "3",
        "0.0000001",
        "100",
    ]
