"""Runs a command's coroutine. Imported for every `--help`."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def run_async(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end and return its result; the first Ctrl-C cancels it."""
    import asyncio  # not for `--help`

    return asyncio.run(coroutine)
