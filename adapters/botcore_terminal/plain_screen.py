"""A pipe or a file as the screen."""

from __future__ import annotations

from typing import TextIO

from botcore import Outgoing
from botcore_terminal.sanitize import clean


class PlainScreen:
    """No terminal: the final texts, as Markdown, and what is no answer on another stream."""

    def __init__(self, answers: TextIO, notes: TextIO) -> None:
        self._answers = answers
        self._notes = notes
        self._final: dict[str, str] = {}

    def show(self, message_id: str, message: Outgoing) -> None:
        if not message.final or self._final.get(message_id) == message.text:
            return
        separator = "\n" if self._final else ""
        self._final[message_id] = message.text
        to = self._notes if message.failed else self._answers
        print(separator + clean(message.text).strip("\n"), file=to, flush=True)

    def withdraw(self, message_id: str) -> None:
        pass  # nothing of it was written yet

    def note(self, text: str) -> None:
        print(clean(text), file=self._notes, flush=True)

    @property
    def answered(self) -> bool:
        return bool(self._final)

    def start_work(self, what: str) -> None:
        pass  # a pipe shows no spinner

    def end_work(self) -> None:
        pass
