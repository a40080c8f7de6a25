"""What the core tells of its work, in one line a place: metrics, spans, the turn's id on each log line."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import structlog

from botcore.adapter import Accepted
from botcore.domain import Change, ChatMoved, Lane
from botcore.errors import DeliveryError, OutcomeUnknown, Refused, RetryLater
from botcore.metrics import Metrics
from botcore.store import Claim, Received
from botcore.tracing import OpenSpan, Tracer

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class EngineRequest:
    """One request to the model."""

    metrics: Metrics
    span: OpenSpan
    begun: float = field(default_factory=time.monotonic)
    first_piece: float | None = None

    def wrote(self) -> None:
        """Note a piece of the answer; only the first makes a difference."""
        if self.first_piece is None:
            self.first_piece = time.monotonic()
            self.metrics.phases.labels("engine").observe(self.first_piece - self.begun)

    def end(self, result: str) -> None:
        self.metrics.engine_requests.labels(result).inc()
        if self.first_piece is not None:
            self.metrics.phases.labels("writing").observe(time.monotonic() - self.first_piece)
        self.span.tell(result=result)
        self.span.end()


class Telemetry:
    """Counts, times and traces the way of each message."""

    def __init__(self, metrics: Metrics | None = None, tracer: Tracer | None = None) -> None:
        self.metrics = metrics or Metrics()
        self.tracer = tracer or Tracer()

    def received(self, platform: str, received: Received, lane: Lane, begun: int) -> None:
        """Tell of an event that was committed. `begun`: when it came, in nanoseconds since 1970."""
        self.metrics.received.labels(platform, received.accepted).inc()
        if received.accepted is Accepted.NEW:
            log.info("message_received", turn=received.turn_id, platform=platform, lane=lane)
            self.tracer.begin("receive", received.turn_id, at=begun, platform=platform, lane=lane).end()

    def denied(self, platform: str, reason: str) -> None:
        """Tell of an event that was turned away. Nothing else is known of it."""
        self.metrics.received.labels(platform, Accepted.DENIED).inc()
        self.metrics.denied.labels(platform, reason).inc()
        log.debug("message_denied", platform=platform, reason=reason)

    def followed(self, change: Change, accepted: Accepted) -> Accepted:
        """Tell of a change that was committed."""
        platform = change.platform if isinstance(change, ChatMoved) else change.key.platform
        kind = type(change).__name__.lower()
        self.metrics.changes.labels(platform, kind, accepted).inc()
        if isinstance(change, ChatMoved):
            log.info("chat_moved", platform=platform, accepted=accepted)
        return accepted

    @contextmanager
    def turn(self, claim: Claim, waited: float) -> Iterator[None]:
        """Be around the work on a claimed message. `waited`: seconds it was in the inbox."""
        self.metrics.phases.labels("waiting").observe(waited)
        with (
            structlog.contextvars.bound_contextvars(turn=claim.turn_id),
            self.tracer.span("turn", claim.turn_id, platform=claim.event.key.platform, lane=claim.lane),
        ):
            log.info("turn_claimed", waited=round(waited, 3), failures=claim.failures)
            yield

    @contextmanager
    def handling(self, turn_id: str, plugin: str, handler: str) -> Iterator[None]:
        """Be around a plugin's work on a turn."""
        with self.tracer.span("handler", turn_id, plugin=plugin, handler=handler):
            yield

    def handled(self, plugin: str, handler: str, own_seconds: float) -> None:
        """Tell what a handler took of its own time."""
        self.metrics.phases.labels("plugin").observe(own_seconds)
        self.metrics.handlers.labels(plugin, handler).observe(own_seconds)

    @contextmanager
    def engine_request(self, turn_id: str) -> Iterator[EngineRequest]:
        """Be around a request to the model."""
        request = EngineRequest(self.metrics, self.tracer.begin("engine", turn_id))
        result = "stopped"  # unless it ends in another way
        try:
            yield request
            result = "answered"
        except Exception as error:
            result = type(error).__name__
            request.span.fail(error)
            raise
        finally:
            request.end(result)

    @contextmanager
    def closing(self) -> Iterator[None]:
        """Be around the closing transaction."""
        begun = time.monotonic()
        yield
        self.metrics.phases.labels("closing").observe(time.monotonic() - begun)

    def turn_closed(self, claim: Claim, handler: str, outcome: str) -> None:
        """Tell that a turn is over. `handler`: who answered it, or nothing."""
        self.metrics.turns.labels(handler or "none", claim.lane, outcome).inc()

    def turn_retried(self, claim: Claim) -> None:
        """Tell that a turn failed and will be tried again."""
        self.metrics.retries.labels(claim.lane).inc()

    @contextmanager
    def sending(self, platform: str, action: str, turn_id: str, part: int) -> Iterator[None]:
        """Be around one call of a platform."""
        result = "cancelled"
        try:
            with (
                structlog.contextvars.bound_contextvars(turn=turn_id),
                self.tracer.span("deliver", turn_id, platform=platform, action=action, part=part),
            ):
                yield
            result = "taken"
        except Exception as error:
            result = _result_of(error)
            raise
        finally:
            self.metrics.sendings.labels(platform, action, result).inc()

    def preview_dropped(self, platform: str) -> None:
        """Tell that a preview will not be seen."""
        self.metrics.dropped_previews.labels(platform).inc()

    def delivered(self, seconds: float) -> None:
        """Tell that all parts of a turn were dealt with, so long after it was closed."""
        self.metrics.phases.labels("delivery").observe(seconds)


def _result_of(error: Exception) -> str:
    kinds = {RetryLater: "retry_later", Refused: "refused", OutcomeUnknown: "unknown"}
    if isinstance(error, DeliveryError):
        return next((name for kind, name in kinds.items() if isinstance(error, kind)), "gone")
    return "error"
