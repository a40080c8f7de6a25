"""Whether what a form was filled in with can be used: by its fields, its handler's types, and the plugin."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import JsonValue

from botcore.declarations import Action, Command
from botcore.errors import FormRefused, InputError, UserError
from botcore.fast_path import FastPath
from botcore.forms.dialogue import GONE
from botcore.forms.form import Form
from botcore.forms.reading import typed
from botcore.providing import Moment
from botcore.router import Router
from botcore.store.forms import KeptForm


class Checks:
    """Checks at once, so that errors stand beside the fields."""

    def __init__(self, router: Router, fast_path: FastPath) -> None:
        self._router = router
        self._fast_path = fast_path

    def target(self, form: KeptForm) -> Action | Command:
        """Return what gets the answers; raise `FormRefused` when its plugin has it no more."""
        target = self._router.target(form.plugin, form.action)
        if target is None:
            raise FormRefused({"": GONE})
        return target

    async def check(self, form: KeptForm, answers: Mapping[str, JsonValue]) -> None:
        """Raise `FormRefused` when the answers can't be used, or nobody can tell."""
        target = self.target(form)
        values = {name: typed(one.kind, answers.get(name)) for name, one in form.form.by_name.items()}
        moment = Moment(form.author, form.scope)
        try:
            await self._fast_path.ask(
                form.plugin, lambda: self._router.check(target, form.data, values, moment)
            )
        except FormRefused:
            raise
        except UserError as error:
            raise FormRefused({"": str(error)}) from error


def read_all(form: Form, values: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Return everything that was filled in as JSON of the fields' kinds; raise `FormRefused`."""
    answers: dict[str, JsonValue] = {}
    errors: dict[str, str] = {}
    for name, one in form.by_name.items():
        try:
            answers[name] = one.read(values.get(name))
        except InputError as error:
            errors[name] = str(error)
    if errors:
        raise FormRefused(errors)
    return answers
