"""The pipeline's types."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from botcore.context import Context

Handler = Callable[[Context], Awaitable[None]]
Middleware = Callable[[Handler, Context], Awaitable[None]]


def build_pipeline(handler: Handler, middlewares: tuple[Middleware, ...]) -> Handler:
    """Wrap a handler; the first middleware is the outermost."""
    for middleware in reversed(middlewares):
        handler = partial(middleware, handler)
    return handler
