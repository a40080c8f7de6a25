"""Trying again until it works."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import stamina

from botcore.errors import RetryLater

T = TypeVar("T")


async def insist(
    action: Callable[[], Awaitable[T]],
    patient_with: type[Exception] | tuple[type[Exception], ...] = Exception,
) -> T:
    """Try until it works or fails in another way, with the pauses that a platform asks for."""

    def patience(error: Exception) -> bool | float:
        if isinstance(error, RetryLater) and error.after is not None:
            return error.after
        return isinstance(error, patient_with)

    try:
        return await action()  # most work at once, and need nothing of what follows
    except Exception as error:
        failure: Exception | None = error
    async for attempt in stamina.retry_context(on=patience, attempts=None, timeout=None):
        with attempt:
            if failure:
                first, failure = failure, None
                raise first
            return await action()
    raise AssertionError("unreachable: without a limit the attempts do not end")
