"""Finds the tasks that a turn's plugins began and left running."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Coroutine, Generator
from contextvars import ContextVar
from typing import Any

_begun: ContextVar[set[asyncio.Task[Any]] | None] = ContextVar("_begun", default=None)


class Leash:
    """Notes every task that is begun within it, by the same task or by one of those."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def __enter__(self) -> Leash:
        self._token = _begun.set(self._tasks)
        return self

    def __exit__(self, *error: object) -> None:
        _begun.reset(self._token)

    def left(self) -> dict[asyncio.Task[Any], str]:
        """Return the tasks that still run, with the file that each one's code is from."""
        return {task: _file_of(task) for task in self._tasks if not task.done()}


def follow_tasks(loop: asyncio.AbstractEventLoop) -> None:
    """Let the loop tell leashes of the tasks it makes."""
    loop.set_task_factory(_make)


def _make(
    loop: asyncio.AbstractEventLoop,
    coroutine: Coroutine[Any, Any, Any] | Generator[Any, None, Any],
    *,
    context: contextvars.Context | None = None,
    **options: Any,  # later versions of Python give more
) -> asyncio.Task[Any]:
    task: asyncio.Task[Any] = asyncio.Task(coroutine, loop=loop, context=context, **options)
    tasks = context.get(_begun) if context is not None else _begun.get()
    if tasks is not None:
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    return task


def _file_of(task: asyncio.Task[Any]) -> str:
    code = getattr(task.get_coro(), "cr_code", None)
    return code.co_filename if code else ""
