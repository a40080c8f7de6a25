"""An answer that is longer than a message goes on in the next ones, while it is written and at its end."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from botcore.adapter import Outgoing
from botcore.markup.limits import TextLimits
from botcore.markup.split import split

_LONG = 10_000  # characters; to cut more takes so long that others would wait for it

Place = tuple[str, int]  # of a part: its turn, and its number within that


async def fit(texts: Sequence[str], limits: TextLimits | None, *, growing: bool = False) -> list[str]:
    """Return texts as parts that each fit into a message. `growing`: more text follows."""
    if sum(map(len, texts)) > _LONG:
        return await asyncio.to_thread(_fit, texts, limits, growing)
    return _fit(texts, limits, growing)


def _fit(texts: Sequence[str], limits: TextLimits | None, growing: bool) -> list[str]:
    return [part for text in texts for part in split(text, limits, growing=growing)]


async def last_piece(outgoing: Outgoing, limits: TextLimits | None) -> Outgoing:
    """Return a message with the end of a text that may be longer than one."""
    return replace(outgoing, text=(await fit([outgoing.text], limits, growing=True))[-1])


class Overflow:
    """Knows which previews of a chat are full: what they show is final, and more comes behind it."""

    def __init__(self) -> None:
        self._full: dict[Place, Outgoing] = {}

    async def next_piece(
        self, place: Place, outgoing: Outgoing, limits: TextLimits | None
    ) -> tuple[Place, Outgoing, bool]:
        """Return the first message that does not show its piece of a text yet, and whether it is the last.

        The last one is always returned at some time, since it grows.
        """
        turn_id, first = place
        *full, last = await fit([outgoing.text], limits, growing=True)
        for number, text in enumerate(full, first):
            piece = replace(outgoing, text=text, final=True, tokens=0, seconds=0.0)
            if not self.shows((turn_id, number), piece):
                return (turn_id, number), piece, False
        return (turn_id, first + len(full)), replace(outgoing, text=last), True

    def note(self, place: Place, outgoing: Outgoing) -> None:
        """Note that a message shows this now."""
        if outgoing.final:
            self._full[place] = _look(outgoing)
        else:
            self._full.pop(place, None)

    def shows(self, place: Place, outgoing: Outgoing) -> bool:
        """Tell whether a message shows this already."""
        return self._full.get(place) == _look(outgoing)

    def forget(self, turn_id: str) -> None:
        """Forget a turn that is over."""
        for place in [place for place in self._full if place[0] == turn_id]:
            del self._full[place]


def _look(outgoing: Outgoing) -> Outgoing:
    """Return what people see of a message."""
    return replace(outgoing, asker="", delivery_id="")
