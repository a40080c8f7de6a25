"""What a plugin has declared: its handlers, and what leads to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from botcore.domain import Lane
from botcore.forms.form import Form
from botcore.forms.values import Values
from botcore.injection import Signature


@dataclass(frozen=True)
class PluginHandler:
    """A plugin's function that answers a message."""

    plugin: str
    function: Callable[..., Any]
    signature: Signature

    @property
    def name(self) -> str:
        return f"{self.plugin}.{self.function.__name__}"

    def takes(self, form: Form) -> bool:
        """Tell whether it gets everything that a form asks for."""
        arguments = self.signature.arguments
        takes_any = Values in self.signature.injected.values() or any(one.is_form for one in arguments)
        return takes_any or form.by_name.keys() <= {argument.name for argument in arguments}


@dataclass(frozen=True)
class Command:
    """What people type to reach a handler, without the slash."""

    name: str
    handler: PluginHandler
    lane: Lane
    private: bool = False  # in a group only who asked gets the answer
    open: Form | PluginHandler | None = None  # at once, before there is a turn
    check: PluginHandler | None = None  # of its form, when that is sent

    @property
    def run(self) -> PluginHandler:
        """What is called, as an action's."""
        return self.handler

    @property
    def description(self) -> str:
        """The first line of the handler's docstring."""
        return (self.handler.function.__doc__ or "").strip().partition("\n")[0]


@dataclass(frozen=True)
class Action:
    """What a button does."""

    name: str
    run: PluginHandler  # as a turn, with all that a command has
    open: Form | PluginHandler | None  # at once, while whoever pressed still waits for a sign
    lane: Lane
    check: PluginHandler | None = None  # of its form, when that is sent


@dataclass(frozen=True)
class Planned:
    """What a plugin does time and again, in the chats where people switch it on."""

    action: Action
    cron: str
    zone: str
    late: timedelta

    @property
    def title(self) -> str:
        """The first line of the handler's docstring."""
        text = (self.action.run.function.__doc__ or self.action.name).strip()
        return text.partition("\n")[0].rstrip(".")
