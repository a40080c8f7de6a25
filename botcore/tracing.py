"""Spans for OpenTelemetry, when it is installed. No text that people or the model wrote goes into them.

A turn's id is the id of its trace, so that a line of the log leads to its trace and back.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.trace import Span, TracerProvider

Attribute = str | int | float | bool


class OpenSpan:
    """A span that has begun, or nothing where nothing is traced."""

    def __init__(self, span: Span | None) -> None:
        self._span = span

    def tell(self, **attributes: Attribute) -> None:
        """Add what is known by now. Never what somebody wrote."""
        if self._span:
            self._span.set_attributes({f"botcore.{name}": value for name, value in attributes.items()})

    def fail(self, error: BaseException) -> None:
        """Mark it as failed, with the error's kind; its text may hold what people wrote."""
        if self._span:
            from opentelemetry.trace import Status, StatusCode

            self._span.set_attribute("error.type", type(error).__qualname__)
            self._span.set_status(Status(StatusCode.ERROR))

    def end(self) -> None:
        if self._span:
            self._span.end()

    @contextmanager
    def current(self) -> Iterator[None]:
        """Be the parent of what begins within the block."""
        if self._span is None:
            yield
            return
        from opentelemetry.trace import use_span

        with use_span(self._span, record_exception=False, set_status_on_exception=False):
            yield


UNHEARD = OpenSpan(None)


class Tracer:
    """Begins spans."""

    def __init__(self, provider: TracerProvider | None = None) -> None:
        """Without a provider it is the process's own, which is set up outside of botcore."""
        self._tracer = None
        self._has_provider: bool | None = True if provider else None  # None: to be found out
        if provider or _is_installed():
            from opentelemetry import trace

            self._tracer = trace.get_tracer("botcore", tracer_provider=provider)

    def begin(self, name: str, turn_id: str, *, at: int | None = None, **attributes: Attribute) -> OpenSpan:
        """Begin a span that is not around what runs meanwhile; to be ended. `at`: nanoseconds since 1970."""
        if self._tracer is None or not self._is_heard():
            return UNHEARD
        span = self._tracer.start_span(name, _within(turn_id), start_time=at)
        opened = OpenSpan(span)
        opened.tell(turn=turn_id, **attributes)
        return opened

    def _is_heard(self) -> bool:
        """Whether anybody has set OpenTelemetry up by the first span: else they cost time for nothing."""
        if self._has_provider is None:
            from opentelemetry import trace

            self._has_provider = not isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider)
        return self._has_provider

    @contextmanager
    def span(self, name: str, turn_id: str, **attributes: Attribute) -> Iterator[OpenSpan]:
        """Be around a block: spans of the same turn that begin within it are its children."""
        opened = self.begin(name, turn_id, at=None, **attributes)
        if opened is UNHEARD:
            yield opened
            return
        try:
            with opened.current():
                yield opened
        except BaseException as error:
            opened.fail(error)
            raise
        finally:
            opened.end()


def _is_installed() -> bool:
    try:
        return find_spec("opentelemetry.trace") is not None
    except ModuleNotFoundError:
        return False


def _within(turn_id: str) -> Context:
    """Return the current context if it is this turn's already; else a parent that all its spans share."""
    from opentelemetry import context, trace

    trace_id = int(turn_id, 16)
    if trace.get_current_span().get_span_context().trace_id == trace_id:
        return context.get_current()
    # Receipt, turn and delivery may be in different processes, a restart between them, so the parent
    # is made from the id alone.
    parent = trace.SpanContext(
        trace_id, trace_id >> 64 or 1, is_remote=True, trace_flags=trace.TraceFlags(trace.TraceFlags.SAMPLED)
    )
    return trace.set_span_in_context(trace.NonRecordingSpan(parent))
