"""Where the questions come from."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AbstractContextManager, nullcontext
from typing import Protocol


class Lines(Protocol):
    """What the adapter reads questions from."""

    async def read(self) -> str | None:
        """Return the next question; None when there will be no more."""
        ...

    def interrupts(self, on_interrupt: Callable[[], None]) -> AbstractContextManager[object]:
        """Call `on_interrupt` for every Ctrl-C in this context, where an answer is awaited."""
        ...

    def above(self) -> AbstractAsyncContextManager[object]:
        """Make room for output above the question that is being typed, if one is."""
        ...


class OneQuestion:
    """A question that was asked on the command line or through a pipe. Ctrl-C ends the program."""

    def __init__(self, question: str) -> None:
        self._question: str | None = question

    async def read(self) -> str | None:
        question, self._question = self._question, None
        return question

    def interrupts(self, on_interrupt: Callable[[], None]) -> AbstractContextManager[object]:
        return nullcontext()

    def above(self) -> AbstractAsyncContextManager[object]:
        return nullcontext()
