"""The last lines of the screen, which are drawn again and again while an answer is written."""

from __future__ import annotations

from math import ceil

from rich.console import Console
from rich.control import Control
from rich.segment import ControlType, Segment, Segments

from botcore_terminal.markdown import Line


class LiveRegion:
    """Lines at the bottom that can still change. The cursor waits at the start of the row below them."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._lines: list[Line] = []
        self._width = console.width

    def update(self, above: list[Line], live: list[Line]) -> None:
        """Print `above` for good where the region was, and show `live` below it.

        It goes out in one write, and leading lines that stay the same are left alone: no flicker.
        """
        if self._console.is_dumb_terminal:
            live = []  # it can't take anything back
        moved = above or self._width != self._console.width
        kept = 0 if moved else _common_prefix(self._lines, live)
        if above or kept < max(len(self._lines), len(live)):
            with self._console:
                self._erase(self._lines[kept:])
                self._write(above + live[kept:])
        self._lines = live
        self._width = self._console.width

    def _erase(self, lines: list[Line]) -> None:
        width = self._console.width
        # A terminal that was made narrower since has folded the lines.
        rows = sum(max(1, ceil(Segment.get_line_length(line) / width)) for line in lines)
        row_above = ((ControlType.CURSOR_UP, 1), (ControlType.ERASE_IN_LINE, 2))
        self._console.control(
            Control(ControlType.CARRIAGE_RETURN, *row_above * min(rows, self._console.height))
        )

    def _write(self, lines: list[Line]) -> None:
        segments = [segment for line in lines for segment in (*line, Segment.line())]
        self._console.print(Segments(segments), end="", crop=False)


def _common_prefix(old: list[Line], new: list[Line]) -> int:
    same = 0
    while same < min(len(old), len(new)) and old[same] == new[same]:
        same += 1
    return same
