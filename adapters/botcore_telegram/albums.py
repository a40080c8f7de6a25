"""Pictures that were sent together come as a message each, and want one answer."""

from __future__ import annotations

from collections import OrderedDict

REMEMBERED = 100  # albums


class Albums:
    """Those that somebody has just sent."""

    def __init__(self) -> None:
        self._first: OrderedDict[str, int] = OrderedDict()  # messages, by album

    def is_further(self, album: str | None, message_id: int) -> bool:
        """Tell whether another message of the album has come before this one, however often it comes."""
        if album is None:
            return False
        first = self._first.setdefault(album, message_id)
        if len(self._first) > REMEMBERED:
            self._first.popitem(last=False)
        return first != message_id
