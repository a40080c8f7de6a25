"""What Slack gives for a short time with what people do: enough to open a form, or to tell them something."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

from botcore_slack.interactions import Handle

TRIGGER_SECONDS = 3.0
URL_SECONDS, URL_USES = 30 * 60.0, 5
REMEMBERED = 10_000  # at most


class ShortLived:
    """Keeps it in memory, by the workspace and the id under which the core knows what was done."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: OrderedDict[tuple[str, str], tuple[Handle, float]] = OrderedDict()
        self._uses: dict[tuple[str, str], int] = {}

    def remember(self, tenant: str, its_id: str, handle: Handle) -> None:
        """Keep what came just now."""
        self._kept[tenant, its_id] = (handle, self._clock())
        self._kept.move_to_end((tenant, its_id))
        self._uses.pop((tenant, its_id), None)
        while len(self._kept) > REMEMBERED or self._is_over():
            oldest, _ = self._kept.popitem(last=False)
            self._uses.pop(oldest, None)

    def trigger(self, tenant: str, its_id: str) -> str:
        """Return by what a form is opened; nothing when it is too late for that."""
        handle = self.handle(tenant, its_id, TRIGGER_SECONDS)
        return handle.trigger if handle else ""

    def response_url(self, tenant: str, its_id: str) -> str:
        """Return where something can be told to whoever did it, and count that; nothing when it can't be."""
        handle, place = self.handle(tenant, its_id), (tenant, its_id)
        used = self._uses.get(place, 0)
        if handle is None or not handle.response_url or used >= URL_USES:
            return ""
        self._uses[place] = used + 1
        return handle.response_url

    def handle(self, tenant: str, its_id: str, seconds: float = URL_SECONDS) -> Handle | None:
        """Return what is kept, if it is not older than so many seconds."""
        handle, since = self._kept.get((tenant, its_id), (None, 0.0))
        return handle if self._clock() - since < seconds else None

    def _is_over(self) -> bool:
        since = next(iter(self._kept.values()))[1]
        return self._clock() - since >= URL_SECONDS
