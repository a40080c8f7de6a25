"""What is counted and timed. Labels are names from code: never a chat, a person or a text."""

from __future__ import annotations

import math

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

from botcore.engine import EngineState
from botcore.store.figures import Figures

# From a quick command to an answer that an overloaded model writes.
SECONDS = (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800)
SHORT_SECONDS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5)
COUNTS = (1, 2, 4, 8, 16, 32, 64, 128)


class Metrics:
    """The figures of one bot, in a registry of its own. docs/operation.md says what each one means."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self.received = Counter(
            "botcore_messages",
            "Events that adapters brought.",
            ["platform", "accepted"],
            registry=registry,
        )
        self.changes = Counter(
            "botcore_changes",
            "Edits, deletions and moves of chats that adapters brought.",
            ["platform", "kind", "accepted"],
            registry=registry,
        )
        self.denied = Counter(
            "botcore_denied",
            "Events whose authors may not come in.",
            ["platform", "reason"],
            registry=registry,
        )
        self.turns = Counter(
            "botcore_turns", "Turns that ended.", ["handler", "lane", "outcome"], registry=registry
        )
        self.retries = Counter(
            "botcore_turn_retries", "Turns that failed and will be tried again.", ["lane"], registry=registry
        )
        self.phases = Histogram(
            "botcore_turn_phase_seconds",
            "Where the time of a turn goes.",
            ["phase"],
            buckets=SECONDS,
            registry=registry,
        )
        self.handlers = Histogram(
            "botcore_plugin_seconds",
            "What a plugin's handler took of its own time, waiting for the model apart.",
            ["plugin", "handler"],
            buckets=SECONDS,
            registry=registry,
        )
        self.engine_requests = Counter(
            "botcore_engine_requests", "Requests to the model.", ["result"], registry=registry
        )
        self.sendings = Counter(
            "botcore_delivery_attempts",
            "Calls of platforms.",
            ["platform", "action", "result"],
            registry=registry,
        )
        self.dropped_previews = Counter(
            "botcore_previews_dropped",
            "Previews that gave way to a newer one or failed.",
            ["platform"],
            registry=registry,
        )
        self.writes = Histogram(
            "botcore_database_write_seconds",
            "Transactions that write, from the wish to the commit.",
            buckets=SHORT_SECONDS,
            registry=registry,
        )
        self.write_groups = Histogram(
            "botcore_database_write_group_size",
            "Writes that were committed together.",
            buckets=COUNTS,
            registry=registry,
        )
        self.loop_lag = Histogram(
            "botcore_event_loop_lag_seconds",
            "How late the event loop comes to what is due.",
            buckets=SHORT_SECONDS,
            registry=registry,
        )
        self._database = Gauge("botcore_database_up", "1 when it answered this scrape.", registry=registry)
        self._inbox = Gauge("botcore_inbox_rows", "Messages by state.", ["lane", "state"], registry=registry)
        self._oldest = Gauge(
            "botcore_inbox_oldest_waiting_seconds", "Age of the oldest waiting message.", registry=registry
        )
        self._outbox = Gauge("botcore_outbox_rows", "Parts in the outbox.", ["state"], registry=registry)
        self._engine = Gauge("botcore_engine_state", "1 for the one it is in.", ["state"], registry=registry)
        self._adapters = Gauge(
            "botcore_adapter_up", "1 while an adapter runs.", ["platform"], registry=registry
        )

    def show(self, figures: Figures | None, engine: EngineState, adapters: dict[str, bool]) -> None:
        """Take what was just read, so that the next collection shows it.

        `figures`: None when the database does not answer. `adapters`: which are up.
        """
        self._database.set(figures is not None)
        self._show_queues(figures or Figures({}, {}, math.nan))
        for each in EngineState:
            self._engine.labels(each).set(each is engine)
        self._adapters.clear()
        for platform, is_up in adapters.items():
            self._adapters.labels(platform).set(is_up)

    def _show_queues(self, figures: Figures) -> None:
        self._inbox.clear()
        for (lane, state), count in figures.inbox.items():
            self._inbox.labels(lane, state).set(count)
        self._oldest.set(figures.oldest_waiting)
        self._outbox.clear()
        for outbox_state, count in figures.outbox.items():
            self._outbox.labels(outbox_state).set(count)
