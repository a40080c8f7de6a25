"""Slack's own streams: a message that grows while it is written.

They only grow, die of old age, and show Markdown as Slack reads it. So the final text always takes the place
of what was streamed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from botcore import DeliveryError, OutcomeUnknown, Outgoing, Refused, RetryLater
from botcore_slack.errors import translated
from botcore_slack.places import person_of
from botcore_slack.posting import code_of_cause

log = structlog.get_logger(__name__)

OVER = "message_not_in_streaming_state"
MOST = 1000  # streams that are remembered; of another one, Slack itself says that it goes on
REST_SECONDS = 600.0  # before a place is tried again that takes no streams
OF_ASKERS = frozenset({"missing_recipient_user_id", "team_not_found", "user_not_found"})  # of nobody else
# A character that is not seen, and that keeps Slack from finding mentions, addresses and entities.
HUSH = "\u2060"


@dataclass(slots=True)
class Stream:
    """A message that grows."""

    channel: str
    sent: str  # the text so far, as it was written


class Streams:
    """The streams that this process has begun."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._open: dict[tuple[str, str], Stream] = {}
        # Until when, by workspace and channel, or whom it can't be for.
        self._resting: dict[tuple[str, str], float] = {}

    def can_begin(self, message: Outgoing) -> bool:
        """Tell whether Slack may take this message as a stream: it wants to know for whom it is."""
        known = message.key.chat.startswith("D") or bool(message.asker)
        places = ((message.key.tenant, place) for place in (message.key.chat, message.asker))
        rests = any(self._resting.get(place, 0.0) > self._clock() for place in places)
        return bool(message.key.thread and message.text.strip() and not message.final and known and not rests)

    async def begin(self, client: AsyncWebClient, message: Outgoing) -> str | None:
        """Return the id of a message that grows from here on; None when Slack does not take it as one."""
        team, user = person_of(message.asker, message.key.tenant)
        try:
            with translated():
                begun = await client.chat_startStream(
                    channel=message.key.chat,
                    thread_ts=message.key.thread,
                    recipient_team_id=team if user else None,
                    recipient_user_id=user or None,
                    markdown_text=hushed(message.text),
                )
        except Refused as error:
            self._rest(message, error, REST_SECONDS)
            return None
        except RetryLater as error:
            if error.after is None:
                raise  # Slack was not reached
            self._rest(message, error, error.after)
            return None
        ts = str(begun["ts"])
        while len(self._open) >= MOST:
            del self._open[next(iter(self._open))]
        self._open[message.key.chat, ts] = Stream(message.key.chat, message.text)
        return ts

    def goes_on(self, channel: str, ts: str) -> bool:
        """Tell whether a message grows, as far as is known here."""
        return (channel, ts) in self._open

    def takes(self, channel: str, ts: str, text: str) -> bool:
        """Tell whether a text is what a stream shows, and perhaps more."""
        stream = self._open.get((channel, ts))
        return stream is not None and text.startswith(stream.sent)

    async def grow(self, client: AsyncWebClient, channel: str, ts: str, text: str) -> bool:
        """Show what is new of a text that the stream takes. False when the stream is over."""
        stream = self._open[channel, ts]
        if not (piece := text[len(stream.sent) :]):
            return True
        try:
            with translated():
                await client.chat_appendStream(channel=channel, ts=ts, markdown_text=hushed(piece))
        except Refused as error:
            if code_of_cause(error) != OVER:
                raise
            del self._open[channel, ts]
            log.info("slack_stream_over")
            return False
        except OutcomeUnknown:
            stream.sent = "\0"  # nobody knows what it shows, so no text is more of it
            raise
        stream.sent = text
        return True

    async def end(self, client: AsyncWebClient, channel: str, ts: str) -> None:
        """Let a message grow no more. One that does not is left as it is."""
        try:
            with translated():
                await client.chat_stopStream(channel=channel, ts=ts)
        except Refused as error:
            if code_of_cause(error) != OVER:
                raise
        self._open.pop((channel, ts), None)

    def _rest(self, message: Outgoing, error: DeliveryError, seconds: float) -> None:
        """Begin no stream there for a while: without streams it is written to as any other."""
        now, why = self._clock(), code_of_cause(error)
        self._resting = {place: until for place, until in self._resting.items() if until > now}
        place = message.asker if why in OF_ASKERS and message.asker else message.key.chat
        self._resting[message.key.tenant, place] = now + seconds
        log.info("slack_takes_no_stream", why=why, seconds=seconds)


def hushed(text: str) -> str:
    """Return Markdown that Slack shows and finds nothing in: nobody to call, and nothing to fetch."""
    # Behind each sign by itself, as two that belong together may come in two pieces.
    for sign in ("<", "@", "&", "/"):
        text = text.replace(sign, sign + HUSH)
    return text
