"""What plugins do at once, while somebody waits for a sign: a second and a half, and no more."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import structlog

from botcore.errors import UserError
from botcore.limits import contained, leave_alone, result_of
from botcore.quarantine import Quarantine

log = structlog.get_logger(__name__)

T = TypeVar("T")

OPEN_SECONDS = 1.5  # for an action's first phase: platforms give three in all

TOO_SLOW = "That took too long, so nothing was done. Please try again later."
FAILED = "Something went wrong, so nothing was done. The operator's log knows more."


class FastPath:
    """Asks plugins that work, and knows what to say when one fails."""

    def __init__(self, quarantine: Quarantine) -> None:
        self._quarantine = quarantine

    async def ask(self, plugin: str, looking: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Return what a plugin says at once; raise a `UserError` when that is why nothing is done."""
        try:
            self._quarantine.check(plugin)
            return await _in_time(looking())
        except UserError:
            raise
        except Exception as error:
            log.error("fast_path_failed", plugin=plugin, error=type(error).__name__, exc_info=True)
            self._quarantine.failed(plugin)
            raise UserError(TOO_SLOW if isinstance(error, TimeoutError) else FAILED) from error


async def _in_time(opening: Coroutine[Any, Any, T]) -> T:
    task = asyncio.create_task(contained(opening))
    await asyncio.wait([task], timeout=OPEN_SECONDS)
    if not task.done():
        task.cancel()
        leave_alone(task)
        raise TimeoutError
    return result_of(task)
