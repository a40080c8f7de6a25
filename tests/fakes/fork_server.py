"""A process that has imported the bot already, and becomes `botcore run` by a fork at each request.

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
from contextlib import suppress
from importlib import import_module
from typing import Any

PRELOADED = (
    "alembic.command",
    "botcore.app",
    "botcore.cli.run",
    "botcore_chat",
    "botcore_llama",
    "botcore_slack.adapter",
    "botcore_telegram.adapter",
    "tests.fakes.adapter",
    "tests.fakes.engine",
    "tests.fakes.plugin",
)
LONGEST_REQUEST = 1 << 20  # bytes


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
                elif not (request := control.recv(LONGEST_REQUEST)):
                    _kill(living)
                    return False
                elif pid := os.fork():
                    living.add(pid)
                    control.send(json.dumps({"pid": pid}).encode())
                else:
                    signal.set_wakeup_fd(-1)
                    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                    for inherited in (control, ends, woken):
                        inherited.close()
                    _become(json.loads(request))
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


def _become(request: dict[str, Any]) -> None:
    """Make a fork look like a process that was started by itself."""
    os.environ.clear()
    os.environ.update(request["environment"])
    time.tzset()
    os.chdir(request["folder"])
    output = os.open(request["output"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)
    sys.argv = ["botcore", "run"]


if __name__ == "__main__":
    for name in PRELOADED:
        import_module(name)
    gc.freeze()
    if serve(socket.socket(fileno=int(sys.argv[1]))):
        from botcore.cli import main

        main()
