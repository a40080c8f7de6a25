"""Starts commands by the fork server of this test process."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, TextIO

from botcore.testing.conformance import fork_server as fork_server_module
from botcore.testing.conformance.fork_server import LONGEST_REQUEST

START_SECONDS = 120.0  # for the imports, on a machine with other work


class ForkServer:
    """Our end of it. It ends with this process, and what it started ends with it."""

    def __init__(self, sources: str, modules: Sequence[str]) -> None:
        """`sources`: where the modules are, as PYTHONPATH has it. `modules`: to be imported beforehand."""
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._codes: dict[int, int] = {}
        self._lock = threading.Lock()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603  # ourselves
                [sys.executable, "-m", fork_server_module.__name__, str(theirs.fileno()), *modules],
                env={**os.environ, "PYTHONPATH": sources},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )

    def start(
        self, *arguments: str, environment: Mapping[str, str], folder: Path, streams: Sequence[int]
    ) -> Forked:
        """Start a command; `streams`: descriptors of what it reads, writes, and tells of errors."""
        request = {"arguments": arguments, "environment": dict(environment), "folder": str(folder)}
        with self._lock:
            self._control.settimeout(START_SECONDS)
            socket.send_fds(self._control, [json.dumps(request).encode()], streams)
            while "code" in (told := self._hear()):
                pass
            self._codes.pop(told["pid"], None)  # of a process that had the same number
        return Forked(self, told["pid"])

    def start_piped(self, *arguments: str, environment: Mapping[str, str], folder: Path) -> Forked:
        """Start a command that reads nothing, and whose texts can be read here."""
        (out, written), (errors, told) = os.pipe(), os.pipe()
        with Path(os.devnull).open() as nothing, os.fdopen(written) as _, os.fdopen(told) as _:
            streams = (nothing.fileno(), written, told)
            process = self.start(*arguments, environment=environment, folder=folder, streams=streams)
        process.stdout, process.stderr = os.fdopen(out), os.fdopen(errors)
        return process

    def run(
        self, *arguments: str, environment: Mapping[str, str], folder: Path, stdin: str, timeout: float
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        with TemporaryFile("w+") as typed, TemporaryFile("w+") as out, TemporaryFile("w+") as errors:
            typed.write(stdin)
            typed.seek(0)
            streams = (typed.fileno(), out.fileno(), errors.fileno())
            process = self.start(*arguments, environment=environment, folder=folder, streams=streams)
            try:
                code = process.wait(timeout)
            finally:
                process.kill()
            out.seek(0)
            errors.seek(0)
            return subprocess.CompletedProcess(arguments, code, out.read(), errors.read())

    def code_of(self, pid: int) -> int | None:
        """Return how a process ended, negative after a signal; None while it runs."""
        with self._lock, suppress(BlockingIOError):
            self._control.settimeout(0)
            while True:
                self._hear()
        return self._codes.get(pid)

    def _hear(self) -> dict[str, Any]:
        packet = self._control.recv(LONGEST_REQUEST)
        assert packet, "the fork server has ended"
        told: dict[str, Any] = json.loads(packet)
        if "code" in told:
            self._codes[told["pid"]] = told["code"]
        return told


class Forked:
    """A process, in the words of `subprocess.Popen`."""

    def __init__(self, server: ForkServer, pid: int) -> None:
        self._server = server
        self.pid = pid
        self.returncode: int | None = None
        self.stdout: TextIO | None = None
        self.stderr: TextIO | None = None

    def poll(self) -> int | None:
        if self.returncode is None:
            self.returncode = self._server.code_of(self.pid)
        return self.returncode

    def wait(self, timeout: float) -> int:
        ends = time.monotonic() + timeout
        while (code := self.poll()) is None:
            assert time.monotonic() < ends, f"process {self.pid} still runs after {timeout} s"
            time.sleep(0.005)
        return code

    def communicate(self, timeout: float = START_SECONDS) -> tuple[str, str]:
        """Wait for its end, and return what it wrote: as much as a pipe holds."""
        self.wait(timeout)
        out, self.stdout = self.stdout, None
        errors, self.stderr = self.stderr, None
        if out is None or errors is None:
            return "", ""  # read before
        with out, errors:
            return out.read(), errors.read()

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


@cache
def fork_server(sources: str, *modules: str) -> ForkServer:
    """Return the one of this test process that has imported these."""
    return ForkServer(sources, modules)
