"""A terminal as the screen: what is being written is drawn again and again."""

from __future__ import annotations

import asyncio
import time

from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from rich.text import Text

from botcore import Outgoing
from botcore_terminal.answer import Answer
from botcore_terminal.markdown import Line
from botcore_terminal.region import LiveRegion
from botcore_terminal.sanitize import clean, clean_line

_TICK = 0.1  # seconds
_MEANINGFUL = 0.5  # seconds of writing before a rate says anything
_PATIENT = 2  # seconds of work that need no mention
_SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_SPINNER_ASCII = "|/-\\"


class LiveScreen:
    """Shows messages in the order they began; only the first unfinished one is drawn.

    Its finished blocks are printed for good, so that they scroll as any text, and only the last block
    stays live. So an answer may be longer than the screen.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._region = LiveRegion(console)
        self._queue: dict[str, Answer] = {}  # what is not printed to its end, oldest first
        self._live: list[Line] = []  # the open end of the queue's first
        self._final: dict[str, str] = {}  # texts of finished messages, as an edit may be repeated
        self._work: asyncio.Task[None] | None = None  # turns the spinner while something is awaited
        self._what = ""  # is awaited
        self._started = 0.0  # on the monotonic clock
        self._frame = 0
        self._figures = ""

    @property
    def answered(self) -> bool:
        return bool(self._final)

    def show(self, message_id: str, message: Outgoing) -> None:
        if self._final.get(message_id) == message.text:
            return
        answer = self._queue.setdefault(message_id, Answer(self._console, message))
        answer.message = message
        if message.tokens and message.seconds >= _MEANINGFUL:
            self._figures = f"{message.tokens} tokens · {message.tokens / message.seconds:.1f} tokens/s"
        self._draw()

    def withdraw(self, message_id: str) -> None:
        self._queue.pop(message_id, None)
        self._draw()

    def note(self, text: str) -> None:
        lines = self._console.render_lines(Text(clean(text), style="dim"), pad=False)
        self._region.update(lines, self._with_status())

    def start_work(self, what: str) -> None:
        self._what = what
        self._started = time.monotonic()
        self._work = asyncio.create_task(self._spin())
        self._console.show_cursor(False)
        self._draw()

    def end_work(self) -> None:
        if self._work:
            self._work.cancel()
        self._queue = {name: answer for name, answer in self._queue.items() if answer.message.final}
        self._draw()
        self._work = None
        if self._figures:
            self._region.update([[Segment(self._figures, Style(dim=True))]], [])
            self._figures = ""
        self._region.update([[]] if self.answered else [], [])
        self._console.show_cursor(True)

    async def _spin(self) -> None:
        while True:
            await asyncio.sleep(_TICK)
            self._frame += 1
            self._region.update([], self._with_status())

    def _draw(self) -> None:
        above: list[Line] = []
        self._live = []
        while self._queue:
            message_id, answer = next(iter(self._queue.items()))
            above += answer.take_finished()
            if not answer.message.final:
                self._live = answer.open_lines()
                break
            self._final[message_id] = answer.message.text
            del self._queue[message_id]
        if above and self._work is None:
            above.append([])  # a prompt follows
        self._region.update(above, self._with_status())

    def _with_status(self) -> list[Line]:
        if self._work is None:
            return self._live
        return [*self._live, *([[]] if self._live else []), self._status_line()]

    def _status_line(self) -> Line:
        frames = _SPINNER if self._console.encoding.startswith("utf") else _SPINNER_ASCII
        seconds = time.monotonic() - self._started
        duration = f"{seconds:.0f} s" if seconds >= _PATIENT else ""
        parts = filter(None, [self._what_is_done(), self._figures, duration, "Ctrl-C stops"])
        line = f"{frames[self._frame % len(frames)]} {' · '.join(parts)}"
        text = Text(line, style="dim", no_wrap=True, overflow="ellipsis")
        options = self._console.options.update(width=max(1, self._console.width - 1))
        return self._console.render_lines(text, options, pad=False)[0]

    def _what_is_done(self) -> str:
        first = next(iter(self._queue.values()), None)
        if first is None:
            return self._what
        progress = clean_line(first.message.progress).rstrip(".")
        return "Writing" if first.message.text else progress or self._what
