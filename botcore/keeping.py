"""Keeps an adapter running: one that fails is started again, and nobody else notices."""

from __future__ import annotations

import asyncio
import sys

import stamina
import structlog

from botcore.adapter import Receive
from botcore.errors import BotcoreError, ConfigError, UserError
from botcore.fronts import Front, FrontState

log = structlog.get_logger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0  # seconds before another start; doubled from one to the next
STABLE_SECONDS = 120.0  # of running, after which a failure is not one in a row


async def keep_running(front: Front, receive: Receive) -> None:
    """Run an adapter until it is done or this is cancelled.

    What only the operator can put right ends it, with one line on standard error.
    """
    why = ""
    while True:
        try:
            await _run_with_pauses(front, receive)
            break
        except ConfigError as error:
            why = str(error)
            print(f"botcore: {why}", file=sys.stderr, flush=True)  # noqa: T201  # services read no log of ours
            break
        except Exception:
            await asyncio.sleep(FIRST_PAUSE)  # it had run for long: the pauses begin anew
    front.become(FrontState.ENDED, why)
    log.info("adapter_ended", adapter=front.adapter.name)


async def _run_with_pauses(front: Front, receive: Receive) -> None:
    """Run until it is done, or until it fails after a good while."""
    loop = asyncio.get_running_loop()
    started = loop.time()

    def failed_early(error: Exception) -> bool:
        if isinstance(error, asyncio.CancelledError):  # stamina shows that one too
            return False
        _note_failure(front, error)
        if isinstance(error, ConfigError):
            return False
        return loop.time() - started < STABLE_SECONDS

    async for attempt in stamina.retry_context(
        on=failed_early, attempts=None, timeout=None, wait_initial=FIRST_PAUSE, wait_max=LONGEST_PAUSE
    ):
        with attempt:
            started = loop.time()
            front.become(FrontState.RUNNING)
            await front.adapter.run(receive)


def _note_failure(front: Front, error: Exception) -> None:
    front.failures += 1
    # Only what botcore's own errors say is known to hold nothing that people wrote.
    detail = str(error) if isinstance(error, BotcoreError) else type(error).__name__
    front.become(FrontState.WAITING, detail)
    where = None if isinstance(error, UserError) else error  # what a person can act on needs no traceback
    log.error(
        "adapter_failed", adapter=front.adapter.name, failures=front.failures, why=detail, exc_info=where
    )
