"""SIGTERM and SIGINT: the first asks to end, the second ends."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

BOTH = (signal.SIGTERM, signal.SIGINT)
ONLY_SIGTERM = (signal.SIGTERM,)  # where Ctrl-C has a meaning of its own


@contextmanager
def ending_by(signals: Sequence[signal.Signals]) -> Iterator[asyncio.Event]:
    """Give an event that the first signal sets. A second signal ends the process on the spot.

    What is in the database is enough for the next start to go on, and the model's process ends
    when its parent is gone.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def heard() -> None:
        if stop.is_set():
            os._exit(0)
        stop.set()

    for number in signals:
        loop.add_signal_handler(number, heard)
    try:
        yield stop
    finally:
        for number in signals:
            loop.remove_signal_handler(number)
