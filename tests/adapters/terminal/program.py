"""The real program in a process of its own, in a pipe or at a terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.fakes.bot_process import SOURCES
from tests.fakes.forked import fork_server

_ESCAPE_SEQUENCE = re.compile(r"\x1b(\[[?0-9;]*[A-Za-z]|\][^\x07]*\x07|[=>])")
_PATIENCE = 60.0  # seconds


class Program:
    """Runs `botcore` with an engine that needs no model."""

    def __init__(self, folder: Path) -> None:
        """Make the engine known as any package does: by an entry point."""
        info = folder / "scripted-1.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: scripted\nVersion: 1\n")
        (info / "entry_points.txt").write_text(
            "[botcore.engines]\nscripted = tests.adapters.terminal.scripted_engine:ScriptedEngine\n"
        )
        self._command = [sys.executable, "-c", "from botcore.cli import main; main()"]
        self._folder = folder
        self.environment = {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "TERM": "xterm-256color",
            "PYTHONPATH": str(folder),
            "PROMPT_TOOLKIT_NO_CPR": "1",  # nobody here answers where the cursor is
            "BOTCORE_BOT__DATA_FOLDER": str(folder / "data"),
            "BOTCORE_ENGINE__USE": "scripted",
        }

    def run(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run it with pipes to its end."""
        return fork_server(SOURCES).run(
            *arguments, environment=self.environment, folder=self._folder, stdin=stdin, timeout=_PATIENCE
        )

    @contextmanager
    def at_terminal(self, *arguments: str) -> Iterator[Session]:
        """Run it at a terminal; at the end it must have left by itself."""
        own_end, its_end = pty.openpty()
        fcntl.ioctl(its_end, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        process = subprocess.Popen(
            [*self._command, *arguments],
            stdin=its_end,
            stdout=its_end,
            stderr=its_end,
            env=self.environment,
            cwd=self._folder,
            start_new_session=True,
        )
        os.close(its_end)
        try:
            yield Session(process, own_end)
        finally:
            process.kill()
            process.wait()
            os.close(own_end)


class Session:
    """A person at the terminal of a running program."""

    def __init__(self, process: subprocess.Popen[bytes], terminal: int) -> None:
        self._process = process
        self._terminal = terminal
        self._shown = b""
        self._seen = 0

    def type(self, keys: str) -> None:
        os.write(self._terminal, keys.encode())

    def interrupt(self) -> None:
        """Do what a terminal does on Ctrl-C when nobody takes it as a key."""
        self._process.send_signal(signal.SIGINT)

    def send_signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def kill(self) -> None:
        """Leave without a word."""
        self._process.kill()
        self._process.wait()

    def resize(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def expect(self, text: str) -> None:
        """Wait until a text appears behind what was expected before."""
        ends = time.monotonic() + _PATIENCE
        while (found := self.text.find(text, self._seen)) < 0:
            assert time.monotonic() < ends, f"{text!r} did not appear in {self.text!r}"
            assert self._read(), f"the program ended without {text!r}: {self.text!r}"
        self._seen = found + len(text)

    def wait(self) -> int:
        """Return the program's exit status, after it has left."""
        while self._read():
            pass
        return self._process.wait(_PATIENCE)

    def leave(self, keys: str) -> int:
        """Press keys until the program has left; one that draws its line anew may miss them."""
        overall = time.monotonic() + _PATIENCE
        while time.monotonic() < overall:
            self.type(keys)
            ends = time.monotonic() + 3
            while time.monotonic() < ends:
                if not self._read():
                    return self._process.wait(_PATIENCE)
        raise AssertionError(f"the program did not leave: {self.text!r}")

    @property
    def text(self) -> str:
        """Everything that was shown, one over the other, without colours and movements."""
        return _ESCAPE_SEQUENCE.sub("", self._shown.decode(errors="replace"))

    def _read(self) -> bool:
        readable, _, _ = select.select([self._terminal], [], [], 1.0)
        if not readable:
            return True
        try:
            data = os.read(self._terminal, 65536)
        except OSError:  # how Linux tells that the other end is closed
            return False
        self._shown += data
        return bool(data)
