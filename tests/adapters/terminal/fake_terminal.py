"""A terminal in memory: what a person would see after what was written."""

from __future__ import annotations

import io
import re

from rich.cells import cell_len
from rich.console import Console, ConsoleDimensions

_TOKEN = re.compile(
    r"\x1b\[(?P<arguments>[?0-9;]*)(?P<command>[A-Za-z])|(?P<control>[\x00-\x1f\x7f-\x9f])|(?P<char>.)"
)


class FakeTerminal(io.StringIO):
    """Knows what the adapter uses, and fails on any other control character."""

    def __init__(self, width: int = 80, height: int = 24) -> None:
        super().__init__()
        self.width = width
        self.height = height
        self.cursor_shown = True
        self._rows: list[tuple[str, bool]] = [("", False)]  # with whether the next row continues it
        self._row = 0

    def console(self, *, no_color: bool = False) -> Console:
        """Return a console that writes here."""
        return _FollowingConsole(self, no_color=no_color)

    @property
    def text(self) -> str:
        """All that is to be seen, scrolled away or not."""
        return "\n".join(text.rstrip() for text, _ in self._rows).rstrip("\n")

    @property
    def screen(self) -> str:
        """What is to be seen without scrolling back."""
        return "\n".join(text.rstrip() for text, _ in self._rows[-self.height :]).rstrip("\n")

    def resize(self, width: int, height: int) -> None:
        """Fold the lines anew, as most terminals do."""
        self.width, self.height = width, height
        old, self._rows, line, cursor = self._rows, [], "", 0
        for number, (text, continues) in enumerate(old):
            line += text
            if not continues:
                self._rows += self._fold(line)
                line = ""
            if number == self._row:
                cursor = len(self._rows) - 1
        self._row = cursor

    def _fold(self, line: str) -> list[tuple[str, bool]]:
        texts = [line[start : start + self.width] for start in range(0, len(line), self.width)] or [""]
        return [*((text, True) for text in texts[:-1]), (texts[-1], False)]

    def write(self, text: str) -> int:
        for match in _TOKEN.finditer(text.replace("\n", "\x0a")):
            if char := match["char"]:
                self._put(char)
            elif control := match["control"]:
                self._control(control)
            else:
                self._sequence(match["command"], match["arguments"])
        return super().write(text)

    def _put(self, char: str) -> None:
        text, _ = self._rows[self._row]
        if cell_len(text + char) > self.width:
            self._rows[self._row] = (text, True)
            self._down()
            text = ""
        self._rows[self._row] = (text + char, False)

    def _down(self) -> None:
        self._row += 1
        if self._row == len(self._rows):
            self._rows.append(("", False))

    def _control(self, control: str) -> None:
        if control == "\n":
            self._down()
        elif control != "\r":  # the adapter returns only to erase what is there
            raise AssertionError(f"the terminal was sent {control!r}")

    def _sequence(self, command: str, arguments: str) -> None:
        if command == "A":
            top = max(0, len(self._rows) - self.height)
            self._row = max(top, self._row - int(arguments))
        elif command == "K":
            self._rows[self._row] = ("", False)
        elif command in "hl" and arguments == "?25":
            self.cursor_shown = command == "h"
        elif command != "m":
            raise AssertionError(f"the terminal was sent the sequence {arguments}{command}")


class _FollowingConsole(Console):
    """Asks the terminal for its size each time, as a console does with a real one."""

    def __init__(self, terminal: FakeTerminal, *, no_color: bool) -> None:
        super().__init__(
            file=terminal, force_terminal=True, color_system="standard", no_color=no_color, _environ={}
        )
        self._terminal = terminal

    @property
    def size(self) -> ConsoleDimensions:
        return ConsoleDimensions(self._terminal.width, self._terminal.height)

    @size.setter
    def size(self, new_size: tuple[int, int]) -> None:
        self._terminal.resize(*new_size)
