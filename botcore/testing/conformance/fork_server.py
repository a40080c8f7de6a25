"""A process that has imported the bot already, and becomes a `botcore` command by a fork at each request.

Tests start hundreds of bots, and would spend most of their time on imports otherwise. What comes out is a
process as any other, with a pid, an environment, a folder and an end of its own.
"""

from __future__ import annotations

import gc
import json
import os
import selectors
import signal
import socket
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from typing import Any

LONGEST_REQUEST = 1 << 20  # bytes
STREAMS = 3  # what is read, what is written, and what is told of errors


def serve(control: socket.socket) -> bool:
    """Start bots and tell of their ends. Returns True in a bot; False when nobody will ask any more."""
    ends, woken = socket.socketpair()
    woken.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    signal.set_wakeup_fd(woken.fileno(), warn_on_full_buffer=False)
    living: set[int] = set()
    with selectors.PollSelector() as selector:
        selector.register(control, selectors.EVENT_READ)
        selector.register(ends, selectors.EVENT_READ)
        while True:
            for ready, _ in selector.select():
                if ready.fileobj is ends:
                    ends.recv(LONGEST_REQUEST)
                    _tell_ends(control, living)
                    continue
                request, streams, _, _ = socket.recv_fds(control, LONGEST_REQUEST, STREAMS)
                if not request:
                    _kill(living)
                    return False
                if pid := os.fork():
                    living.add(pid)
                    control.send(json.dumps({"pid": pid}).encode())
                    for stream in streams:
                        os.close(stream)
                else:
                    signal.set_wakeup_fd(-1)
                    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                    for inherited in (control, ends, woken):
                        inherited.close()
                    _become(json.loads(request), streams)
                    return True


def _tell_ends(control: socket.socket, living: set[int]) -> None:
    while living:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        living.discard(pid)
        with suppress(ConnectionError):
            control.send(json.dumps({"pid": pid, "code": os.waitstatus_to_exitcode(status)}).encode())


def _kill(living: set[int]) -> None:
    for pid in living:
        os.kill(pid, signal.SIGKILL)


def _become(request: dict[str, Any], streams: Sequence[int]) -> None:
    """Make a fork look like a process that was started by itself."""
    os.environ.clear()
    os.environ.update(request["environment"])
    time.tzset()
    os.chdir(request["folder"])
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    sys.stdin = open(0)  # noqa: SIM115  # as long as the process
    sys.stdout = open(1, "w")  # noqa: SIM115
    sys.stderr = open(2, "w", buffering=1, errors="backslashreplace")  # noqa: SIM115
    sys.argv = ["botcore", *request["arguments"]]
    more = request["environment"].get("PYTHONPATH", "").split(os.pathsep)
    sys.path[:1] = ["", *(folder for folder in more if folder not in sys.path)]


if __name__ == "__main__":
    for name in sys.argv[2:]:
        import_module(name)
    gc.freeze()
    __package__ = ""  # so that the command calls itself by its name, and not by this module's
    if serve(socket.socket(fileno=int(sys.argv[1]))):
        from botcore.cli import main

        main()
