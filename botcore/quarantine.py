"""Keeps a plugin that fails every time from being asked again and again."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable

import structlog

from botcore.context import Context
from botcore.errors import PluginResting, PluginStuck, UserError
from botcore.leash import Leash
from botcore.pipeline import Handler, Middleware
from botcore.router import Router
from botcore.store import DatabaseError

log = structlog.get_logger(__name__)

FAILURES = 5  # so many in a row, tries of the same message included
REST_SECONDS = 600.0  # then one message is let through to see whether it works again


class Quarantine:
    """A circuit breaker for each plugin."""

    def __init__(
        self, *, rest_seconds: float = REST_SECONDS, rests: Callable[[str], None] = lambda plugin: None
    ) -> None:
        """`rests`: called with a plugin that is left alone from now on, once until it has worked again."""
        self._rest_seconds = rest_seconds
        self._rests = rests
        self._failures: defaultdict[str, int] = defaultdict(int)
        self._blocked: dict[str, float] = {}  # when a plugin last held up everybody
        self._resting: dict[str, float] = {}  # until when

    @property
    def resting(self) -> list[str]:
        """The plugins that are not asked now."""
        now = time.monotonic()
        return sorted(plugin for plugin, until in self._resting.items() if until > now)

    def failed(self, plugin: str) -> None:
        """Note that a handler raised, ran over or left tasks behind."""
        self._failures[plugin] += 1
        if self._failures[plugin] >= FAILURES:
            self._resting[plugin] = time.monotonic() + self._rest_seconds
            log.error(
                "plugin_quarantined",
                plugin=plugin,
                failures=self._failures[plugin],
                seconds=self._rest_seconds,
            )
        if self._failures[plugin] == FAILURES:
            self._rests(plugin)

    def blocked(self, plugin: str) -> None:
        """Note that a handler held up the event loop, and so everybody."""
        self._blocked[plugin] = time.monotonic()
        self.failed(plugin)

    def worked(self, plugin: str, begun: float) -> None:
        """Note a turn that went well, unless it held up the others since it had `begun`."""
        if self._blocked.get(plugin, begun) <= begun:
            self._failures.pop(plugin, None)
            self._resting.pop(plugin, None)

    def release(self, plugin: str) -> bool:
        """Ask a plugin again from now on, as its operator wishes. False when it was not resting."""
        self._failures.pop(plugin, None)
        return self._resting.pop(plugin, None) is not None

    def check(self, plugin: str) -> None:
        """Raise `PluginResting` while a plugin is not to be asked."""
        if self._resting.get(plugin, 0.0) > time.monotonic():
            raise PluginResting(
                f"The plugin {plugin} failed {FAILURES} times in a row, so I leave it alone for a while. "
                "The operator's log says why."
            )


def guarded_by(quarantine: Quarantine, router: Router) -> Middleware:
    """Return the middleware that asks only plugins that work, and ends what they leave running."""

    async def guard(call_next: Handler, context: Context) -> None:
        plugin = router.plugin_name(context.event)
        quarantine.check(plugin)
        begun = time.monotonic()
        left: list[str] = []
        try:
            with Leash() as leash:
                try:
                    await call_next(context)
                finally:
                    left = _end_tasks(leash, router)
        except UserError:
            raise  # it works as it should: it says what is wrong with the message
        except DatabaseError:
            raise  # every plugin would fail then
        except PluginStuck:
            raise  # was counted when it was found
        except Exception:
            quarantine.failed(plugin)
            raise
        if not left:
            quarantine.worked(plugin, begun)
        for owner in left:
            log.error("plugin_left_tasks", plugin=owner)
            quarantine.failed(owner)

    return guard


def _end_tasks(leash: Leash, router: Router) -> list[str]:
    """Cancel the tasks that plugins left; return whose they were."""
    owners = []
    for task, file in leash.left().items():
        if owner := router.plugin_of_file(file):
            task.cancel()
            owners.append(owner)
    return owners
