"""Cuts a long chat into windows that the model can read at once.

The places of the cuts depend on the messages' places in the chat, never on what was asked for: a window
is a block of 2, 4, 8, ... places that begins at a multiple of its size, the largest that fits. So another
summary of the same chat, however its range begins and ends, meets the same windows again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from botcore_summarize.talk import Line

Fits = Callable[[Sequence[Line]], Awaitable[bool]]


async def cut_windows(lines: Sequence[Line], fits: Fits) -> list[Sequence[Line]]:
    """Return the windows in order. One that holds a single message may still be too long."""
    places = 1 << max((line.number for line in lines), default=0).bit_length()
    return await _cut(lines, 0, places, fits)


async def _cut(lines: Sequence[Line], start: int, places: int, fits: Fits) -> list[Sequence[Line]]:
    if not lines:
        return []
    if places == 1 or await fits(lines):
        return [lines]
    half = places // 2
    before = [line for line in lines if line.number < start + half]
    after = [line for line in lines if line.number >= start + half]
    return [*await _cut(before, start, half, fits), *await _cut(after, start + half, half, fits)]
