"""Habits of a child process that nobody wants to find alive after its parent."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

GRACE_SECONDS = 3.0
PR_SET_PDEATHSIG = 1
OOM_SCORE = "500"


def leave_with_parent(lifeline: int, leave: Callable[[], object]) -> None:
    """Leave when the other end of `lifeline` closes, which it does however the parent ends.

    `leave` is called first, to end in good order. What still runs after a few seconds, such as a
    native call that hangs, is cut off.
    """

    def wait() -> None:
        while os.read(lifeline, 1):
            pass
        leave()
        time.sleep(GRACE_SECONDS)
        os._exit(1)

    threading.Thread(target=wait, name="lifeline", daemon=True).start()


def die_with_parent() -> None:
    """Ask Linux for a kill when the parent dies: a process that is stopped runs no thread to notice.

    To Linux the parent is the thread that started this process, which must last as long as it.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def go_first_when_memory_ends() -> None:
    """Let the kernel take this process before the bot when memory runs out."""
    try:
        Path("/proc/self/oom_score_adj").write_text(OOM_SCORE)
    except OSError:
        return  # not Linux, or not allowed: then the kernel decides by size, which this one leads


def resident_bytes(process: int | None) -> int:
    """Return how much memory a process takes; 0 when the system does not tell."""
    try:
        pages = Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1]
    except (OSError, IndexError):
        return 0
    return int(pages) * os.sysconf("SC_PAGE_SIZE")
