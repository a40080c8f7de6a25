"""A form where there are no forms: the bot asks for one field after the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from pydantic import JsonValue

from botcore.domain import Button
from botcore.errors import InputError
from botcore.forms.form import Field, FieldKind, Form
from botcore.forms.reading import in_words
from botcore.markup import Paragraph, Text, write
from botcore.spelling import AS_WRITTEN, Spelling

CHOOSE = "form"  # the action of the core's own plugin that the buttons below a question call
REOPEN = "open_form"  # and what the button calls that opens a form anew
MOST_KEYS = 10  # choices that are buttons; more are a list to type from
NEAR = {"yesterday": -1, "today": 0, "tomorrow": 1}  # days
LONGEST_KEY = 40  # characters of a choice on a button

CANCELLED = "That is given up; nothing was done."
GONE = "This form is closed: it was sent, given up, or nobody went on with it for too long."
NOT_YOURS = "Only the person who asked may press this."


class Word(StrEnum):
    """What may be said instead of an answer, with a slash before it."""

    SKIP = "skip"
    BACK = "back"
    CANCEL = "cancel"
    DONE = "done"  # with what was chosen so far, where several may be


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody said to a question, or pressed below it."""

    text: str = ""
    word: Word | None = None
    pressed: bool = False

    @classmethod
    def typed(cls, text: str) -> Said:
        """Return what a message says: an answer, or one of the words."""
        first = text.strip().casefold()
        word = next((one for one in Word if first == f"/{one}"), None)
        return cls(text, word)


@dataclass(frozen=True, slots=True)
class Asked:
    """How far a dialogue is. With a step beyond the last field everything was asked."""

    form: Form
    step: int = 0
    answers: Mapping[str, JsonValue] = field(default_factory=dict)
    error: str = ""  # what was wrong with the last answer
    given_up: bool = False
    today: date = field(default_factory=lambda: datetime.now(UTC).date())  # where whoever is asked is

    @property
    def is_done(self) -> bool:
        return self.step >= len(self.form.fields)

    @property
    def field(self) -> Field:
        """What is asked for."""
        return self.form.fields[self.step]

    @property
    def now(self) -> JsonValue:
        """What stands in the field just now."""
        return self.answers.get(self.field.name, self.field.default)

    def after(self, said: Said) -> Asked:
        """Return how far it is when this was said."""
        if said.word is Word.CANCEL:
            return replace(self, error="", given_up=True)
        if said.word is Word.BACK:
            return replace(self, error="", step=max(0, self.step - 1))
        keeps = said.word in (Word.SKIP, Word.DONE)
        try:
            if said.pressed and not keeps and self.field.kind is FieldKind.CHOICES:
                toggled = {**self.answers, self.field.name: self._toggled(said.text)}
                return replace(self, error="", answers=toggled)
            value = self.field.read(self.now if keeps else self._meant(said.text))
        except InputError as error:
            return replace(self, error=str(error))
        return replace(self, error="", step=self.step + 1, answers={**self.answers, self.field.name: value})

    def at_fault(self, errors: Mapping[str, str]) -> Asked:
        """Return how far it is when answers are refused: at the first field that is wrong."""
        names = [one.name for one in self.form.fields]
        wrong = next((name for name in names if name in errors), names[-1])
        return replace(self, step=names.index(wrong), error=" ".join(errors.values()))

    def _meant(self, text: str) -> str:
        days = NEAR.get(text.strip().casefold()) if self.field.kind is FieldKind.DATE else None
        return text if days is None else (self.today + timedelta(days=days)).isoformat()

    def _toggled(self, choice: str) -> JsonValue:
        chosen = self.now if isinstance(self.now, list) else []
        wanted = [one for one in chosen if one != choice] + ([] if choice in chosen else [choice])
        return [one.value for one in self.field.choices if one.value in wanted]


def question(asked: Asked, *, buttons: bool, group_name: str = "", as_typed: Spelling = AS_WRITTEN) -> str:
    """Return what is asked, in Markdown. `group_name`: who is asked, where others read it too."""
    one = asked.field
    lines = []
    if asked.error:
        lines += [asked.error, ""]
    count = f" ({asked.step + 1} of {len(asked.form.fields)})" if len(asked.form.fields) > 1 else ""
    title = f"{plain(group_name)}, {plain(asked.form.title)}" if group_name else plain(asked.form.title)
    lines += [f"_{title}{count}_", "", f"**{plain(one.shown)}**"]
    if one.hint:
        lines += ["", plain(one.hint)]
    if one.choices and not (buttons and len(one.choices) <= MOST_KEYS):
        lines += ["", *(f"{number}. {plain(c.label)}" for number, c in enumerate(one.choices, 1))]
    if asked.now not in (None, [], ""):
        lines += ["", f"Now: {plain(in_words(one, asked.now))}"]
    lines += ["", as_typed(_how(asked, buttons=buttons, in_group=bool(group_name)))]
    return "\n".join(lines)


def keys(asked: Asked, form_id: str) -> list[Button]:
    """Return the buttons below a question."""

    def key(label: str, said: str) -> Button:
        return Button(label, CHOOSE, f"{form_id} {asked.step} {said}", personal=True)

    one, found = asked.field, []
    if one.kind is FieldKind.YES_NO:
        found += [key("Yes", "=yes"), key("No", "=no")]
    elif len(one.choices) <= MOST_KEYS:
        chosen = asked.now if isinstance(asked.now, list) else []
        for choice in one.choices:
            mark = "✓ " if choice.value in chosen else ""
            found.append(key(mark + _short(choice.label), f"={choice.value}"))
    if one.kind is FieldKind.CHOICES:
        found.append(key("Done", Word.DONE))
    elif asked.now is not None:
        found.append(key(f"Keep {_short(in_words(one, asked.now))}", Word.SKIP))
    elif not one.required:
        found.append(key("Skip", Word.SKIP))
    if asked.step:
        found.append(key("Back", Word.BACK))
    return [*found, key("Cancel", Word.CANCEL)]


def read_key(data: str) -> tuple[str, int, Said]:
    """Return which form and step a button's data is about, and what was pressed."""
    form_id, step, said = data.split(" ", 2)
    if said.startswith("="):
        return form_id, int(step), Said(said[1:], pressed=True)
    return form_id, int(step), Said(word=Word(said), pressed=True)


def answered(asked: Asked, then: Asked) -> str:
    """Return how a question reads when it was answered, or given up."""
    one = asked.field
    if then.given_up:
        return f"~~{plain(one.shown)}~~"
    return f"{plain(one.shown)}: {plain(in_words(one, then.answers.get(one.name)))}"


def plain(text: str) -> str:
    """Return a text so that none of it is read as Markdown."""
    line = " ".join(text.split())
    return write((Paragraph((Text(line),)),)).strip() if line else ""


def _how(asked: Asked, *, buttons: bool, in_group: bool) -> str:
    one = asked.field
    hows = {
        FieldKind.CHOICE: "Choose one" if buttons else "Write one of them, or its number",
        FieldKind.CHOICES: "Choose what you like" if buttons else "Write your choices with commas between",
        FieldKind.YES_NO: "Choose one" if buttons else "Write yes or no",
        FieldKind.NUMBER: "Write a number",
        FieldKind.WHOLE_NUMBER: "Write a number",
        FieldKind.DATE: "Write a date, like 2026-03-31, or tomorrow",
    }
    how = hows.get(one.kind, "Write your answer")
    if buttons and len(one.choices) > MOST_KEYS:
        how = "Write one of them, or its number"
    if in_group:
        how += " as a reply to this message" if not buttons or not one.choices else ""
    if buttons:
        return f"{how}."
    more = [] if one.required and asked.now is None else [f"`/{Word.SKIP}`"]
    more += [f"`/{Word.BACK}`"] if asked.step else []
    return f"{how}. " + " or ".join([*more, f"`/{Word.CANCEL}`"]) + " is understood too."


def _short(label: str) -> str:
    return label if len(label) <= LONGEST_KEY else f"{label[: LONGEST_KEY - 1]}…"
