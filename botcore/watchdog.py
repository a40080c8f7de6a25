"""Watches from another thread whether the event loop turns, and names the code that holds it up."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import structlog

log = structlog.get_logger(__name__)

LAG_SECONDS = 1.0  # without a turn of the loop: everybody waits by then
BEAT_SECONDS = 0.1

PluginOfFile = Callable[[str], str | None]


class Watchdog:
    """Looks at the loop's heartbeat."""

    def __init__(
        self,
        plugin_of: PluginOfFile,
        blocked: Callable[[str], None],
        *,
        lag_seconds: float = LAG_SECONDS,
    ) -> None:
        """`plugin_of`: a file's plugin. `blocked` is called on the loop with the plugin that held it up."""
        self._plugin_of = plugin_of
        self._blocked = blocked
        self._lag_seconds = lag_seconds
        self._last_beat = time.monotonic()
        self._done = threading.Event()

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watch the running loop."""
        loop = asyncio.get_running_loop()
        self._beat(loop)
        watched = threading.get_ident()
        thread = threading.Thread(target=self._watch, args=(loop, watched), name="watchdog", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._done.set()
            self._next.cancel()
            thread.join()

    @property
    def lag(self) -> float:
        """Seconds since the loop turned last, beyond its usual beat."""
        return max(0.0, time.monotonic() - self._last_beat - BEAT_SECONDS)

    def _beat(self, loop: asyncio.AbstractEventLoop) -> None:
        self._last_beat = time.monotonic()
        self._next = loop.call_later(BEAT_SECONDS, self._beat, loop)

    def _watch(self, loop: asyncio.AbstractEventLoop, watched: int) -> None:
        told = 0.0  # the beat that was the last before the hold-up that was told
        while not self._done.wait(self._lag_seconds / 4):
            if self.lag < self._lag_seconds or told == self._last_beat:
                continue
            told = self._last_beat
            self._tell(loop, sys._current_frames().get(watched))

    def _tell(self, loop: asyncio.AbstractEventLoop, frame: FrameType | None) -> None:
        innermost, plugin = frame, None
        while frame and plugin is None:
            plugin = self._plugin_of(frame.f_code.co_filename)
            frame = frame if plugin else frame.f_back
        culprit = frame or innermost
        log.error(
            "event_loop_blocked",
            seconds=round(self.lag, 1),
            plugin=plugin,
            file=culprit.f_code.co_filename if culprit else None,
            line=culprit.f_lineno if culprit else None,
            function=culprit.f_code.co_name if culprit else None,
        )
        if plugin and not loop.is_closed():
            loop.call_soon_threadsafe(self._blocked, plugin)
