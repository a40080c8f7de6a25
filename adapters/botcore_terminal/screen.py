"""Where answers appear."""

from __future__ import annotations

from typing import Protocol

from botcore import Outgoing


class Screen(Protocol):
    """What the adapter shows things on."""

    @property
    def answered(self) -> bool:
        """Whether anything final was shown."""
        ...

    def show(self, message_id: str, message: Outgoing) -> None:
        """Make a message look like this."""
        ...

    def withdraw(self, message_id: str) -> None:
        """Take a message back that is not final."""
        ...

    def note(self, text: str) -> None:
        """Say something that is no part of the conversation."""
        ...

    def start_work(self, what: str) -> None:
        """Show that something is awaited, until `end_work`."""
        ...

    def end_work(self) -> None:
        """Leave nothing but what is final."""
        ...
