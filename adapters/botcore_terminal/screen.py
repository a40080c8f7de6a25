"""Where answers appear: drawn and redrawn on a terminal, or written once into a pipe."""

from __future__ import annotations

import asyncio
import time
from typing import Protocol, TextIO

from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from rich.text import Text

from botcore import Outgoing
from botcore_terminal.markdown import Line, finished_length, render
from botcore_terminal.region import LiveRegion
from botcore_terminal.sanitize import clean, clean_line

_TICK = 0.1  # seconds
_MEANINGFUL = 0.5  # seconds of writing before a rate says anything
_SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_SPINNER_ASCII = "|/-\\"


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


class LiveScreen:
    """A terminal. Messages are shown in the order they began; only the first unfinished one is drawn.

    Blocks of it that can't change any more are printed for good, so that they scroll as any text,
    and only the last block stays live. So an answer may be longer than the screen.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._region = LiveRegion(console)
        self._queue: dict[str, Outgoing] = {}  # what is not printed to its end, oldest first
        self._printed = ""  # the part of the queue's first text that is printed for good
        self._final: dict[str, str] = {}  # texts of finished messages, as an edit may be repeated
        self._live: list[Line] = []  # the rest of it, as far as it is shown
        self._work: asyncio.Task[None] | None = None  # turns the spinner while something is awaited
        self._what = ""
        self._started = 0.0  # on the monotonic clock
        self._frame = 0
        self._figures = ""

    def show(self, message_id: str, message: Outgoing) -> None:
        if self._final.get(message_id) == message.text:
            return
        self._queue[message_id] = message
        if message.tokens and message.seconds >= _MEANINGFUL:
            self._figures = _figures(message)
        self._draw()

    def withdraw(self, message_id: str) -> None:
        if message_id in self._queue:
            self._drop(message_id)
            self._draw()

    def note(self, text: str) -> None:
        lines = self._console.render_lines(Text(clean(text), style="dim"), pad=False)
        self._region.update(lines, [])
        self._draw()

    @property
    def answered(self) -> bool:
        return bool(self._final)

    def start_work(self, what: str) -> None:
        self._work = asyncio.create_task(self._spin())
        self._what = what
        self._started = time.monotonic()
        self._console.show_cursor(False)
        self._draw()

    async def _spin(self) -> None:
        while True:
            await asyncio.sleep(_TICK)
            self._frame += 1
            self._region.update([], self._with_status())

    def end_work(self) -> None:
        if self._work:
            self._work.cancel()
        for message_id, message in list(self._queue.items()):
            if not message.final:
                self._drop(message_id)
        self._draw()
        self._work = None
        if self._figures:
            self._region.update([[Segment(self._figures, Style(dim=True))]], [])
            self._figures = ""
        self._region.update([[]] if self.answered else [], [])
        self._console.show_cursor(True)

    def _drop(self, message_id: str) -> None:
        if message_id == next(iter(self._queue)):
            self._printed = ""
        del self._queue[message_id]

    def _draw(self) -> None:
        above: list[Line] = []
        self._live = []
        while self._queue:
            message_id, message = next(iter(self._queue.items()))
            above += self._finished_lines(message)
            if not message.final:
                self._live = self._live_lines(message)
                break
            self._final[message_id] = message.text
            self._drop(message_id)
        if above and self._work is None:
            above.append([])  # a prompt follows
        self._region.update(above, self._with_status())

    def _with_status(self) -> list[Line]:
        if self._work is None:
            return self._live
        return [*self._live, *([[]] if self._live else []), self._status_line()]

    def _finished_lines(self, message: Outgoing) -> list[Line]:
        """Return what can be printed for good now, and remember that it was."""
        text = _text(message)
        lines: list[Line] = []
        if not text.startswith(self._printed):
            self._printed = ""
            lines += [[], *self._lines("*The answer was written anew:*")]
        rest = text.removeprefix(self._printed)
        finished = rest if message.final else rest[: finished_length(rest)]
        block = self._lines(finished)
        self._printed += finished
        return [*lines, [], *block] if block else lines

    def _live_lines(self, message: Outgoing) -> list[Line]:
        """Return the end of the open block, as much as the screen can hold."""
        room = max(1, self._console.height - 5)
        rest = _text(message).removeprefix(self._printed)
        if rest.startswith("```"):  # most of a long program is out of sight, and colours take time
            opening, *code = rest.split("\n")
            rest = "\n".join([opening, *code[-room:]])
        lines = self._lines(rest)
        return [[], *lines[-room:]] if lines else []

    def _lines(self, text: str) -> list[Line]:
        return render(self._console, text, self._console.width - 1)

    def _status_line(self) -> Line:
        first = next(iter(self._queue.values()), None)
        what = self._what
        if first:
            what = "Writing" if first.text else clean_line(first.progress).rstrip(".") or what
        seconds = time.monotonic() - self._started
        parts = [what, self._figures, f"{seconds:.0f} s" if seconds >= 2 else "", "Ctrl-C stops"]
        frames = _SPINNER if self._console.encoding.startswith("utf") else _SPINNER_ASCII
        spinner = frames[self._frame % len(frames)]
        text = Text(
            f"{spinner} {' · '.join(filter(None, parts))}", style="dim", no_wrap=True, overflow="ellipsis"
        )
        options = self._console.options.update(width=max(1, self._console.width - 1))
        return self._console.render_lines(text, options, pad=False)[0]


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
        print(separator + clean(message.text).strip("\n"), file=self._answers, flush=True)

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


def _text(message: Outgoing) -> str:
    """Return a text that grows at its end only: what a preview begins with, the final may have stripped."""
    return clean(message.text).lstrip()


def _figures(message: Outgoing) -> str:
    return f"{message.tokens} tokens · {message.tokens / message.seconds:.1f} tokens/s"
