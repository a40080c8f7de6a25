"""Starts bots by the fork server of this test process."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from tests.fakes.fork_server import LONGEST_REQUEST

START_SECONDS = 120.0  # for the imports, on a machine with other work


class ForkServer:
    """Our end of it. It ends with this process, and what it started ends with it."""

    def __init__(self, sources: str) -> None:
        """`sources`: where the bots' modules are, as PYTHONPATH has it."""
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._codes: dict[int, int] = {}
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.fakes.fork_server", str(theirs.fileno())],
                env={**os.environ, "PYTHONPATH": sources},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )

    def start(self, environment: Mapping[str, str], folder: Path, output: Path) -> Forked:
        """Start `botcore run` in a folder; what it writes is added to a file."""
        request = {"environment": dict(environment), "folder": str(folder), "output": str(output)}
        self._control.settimeout(START_SECONDS)
        self._control.send(json.dumps(request).encode())
        while "code" in (told := self._hear()):
            pass
        self._codes.pop(told["pid"], None)  # of a process that had the same number
        return Forked(self, told["pid"])

    def code_of(self, pid: int) -> int | None:
        """Return how a process ended, negative after a signal; None while it runs."""
        self._control.settimeout(0)
        try:
            while True:
                self._hear()
        except BlockingIOError:
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

    def poll(self) -> int | None:
        if self.returncode is None:
            self.returncode = self._server.code_of(self.pid)
        return self.returncode


@cache
def fork_server(sources: str) -> ForkServer:
    """Return the one of this test process."""
    return ForkServer(sources)
