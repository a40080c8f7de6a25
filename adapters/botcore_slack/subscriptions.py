"""Notices when Slack does not tell the app what it should: its configuration names too few events."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping

from botcore_slack.envelopes import Answer, Body, Handle, Kind
from botcore_slack.events import is_direct
from botcore_slack.origin import text_of

WAIT_SECONDS = 60.0  # within which Slack tells of a post as a message too
ENOUGH = 3  # mentions without a message, after which it is no accident
REMEMBERED = 1000
MISSING = (
    "Slack tells of mentions in channels, but not of what else is said there, so summaries miss it: the "
    "app's configuration lacks events (message.channels and the like); give it the manifest that "
    "`botcore slack manifest` prints, and install it anew"
)


class Subscriptions:
    """Hears each mention twice, as a mention and as a message, or something is missing."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._mentions: OrderedDict[tuple[str, str], float] = OrderedDict()  # not told as messages yet
        self._messages: OrderedDict[tuple[str, str], float] = OrderedDict()
        self._missed = 0  # in a row

    @property
    def trouble(self) -> str:
        """What is missing, for the operator."""
        self._judge()
        return MISSING if self._missed >= ENOUGH else ""

    def hear(self, body: Body) -> None:
        """Note an event."""
        event = body.get("event")
        if not isinstance(event, Mapping):
            return
        post = (text_of(event.get("channel")), text_of(event.get("ts")))
        if event.get("type") == "message" and not is_direct(event):
            self._mentions.pop(post, None)
            self._missed = 0
            _note(self._messages, post, self._clock())
        elif event.get("type") == "app_mention" and post not in self._messages:
            _note(self._mentions, post, self._clock())
        self._judge()

    def watch(self, handle: Handle) -> Handle:
        """Return what notes every event and hands it on."""

        async def watched(kind: Kind, body: Body) -> Answer:
            self.hear(body)
            return await handle(kind, body)

        return watched

    def _judge(self) -> None:
        long_ago = self._clock() - WAIT_SECONDS
        while self._mentions and next(iter(self._mentions.values())) < long_ago:
            self._mentions.popitem(last=False)
            self._missed += 1


def _note(kept: OrderedDict[tuple[str, str], float], post: tuple[str, str], now: float) -> None:
    kept[post] = now
    if len(kept) > REMEMBERED:
        kept.popitem(last=False)
