"""An answer that grows while it is shown."""

from __future__ import annotations

from rich.console import Console

from botcore import Outgoing
from botcore.markup import closed
from botcore_terminal.markdown import Line, finished_length, render
from botcore_terminal.sanitize import clean

_ROWS_AROUND = 5  # the status line, blank ones, and where the cursor waits


class Answer:
    """Blocks that can't change any more are given out once, to be printed for good; the rest is redrawn."""

    def __init__(self, console: Console, message: Outgoing) -> None:
        self._console = console
        self.message = message
        self._printed = ""  # the part of the text that was given out

    def take_finished(self) -> list[Line]:
        """Return what can be printed for good since the last call."""
        rewritten = not self._text.startswith(self._printed)
        if rewritten:
            self._printed = ""
        rest = self._rest
        finished = rest if self.message.final else rest[: finished_length(rest)]
        self._printed += finished
        notice = [[], *self._render("*The answer was written anew:*")] if rewritten else []
        block = self._render(finished)
        return [*notice, [], *block] if block else notice

    def open_lines(self) -> list[Line]:
        """Return the end of the open block, as much as the screen can hold."""
        room = max(1, self._console.height - _ROWS_AROUND)
        rest = self._rest
        if rest.startswith("```"):  # most of a long program is out of sight, and colours take time
            opening, *code = rest.split("\n")
            rest = "\n".join([opening, *code[-room:]])
        lines = self._render(closed(rest))
        return [[], *lines[-room:]] if lines else []

    @property
    def _text(self) -> str:
        # Blanks that a preview begins with may be missing in the final text.
        return clean(self.message.text).lstrip()

    @property
    def _rest(self) -> str:
        return self._text.removeprefix(self._printed)

    def _render(self, text: str) -> list[Line]:
        return render(self._console, text, self._console.width - 1)
