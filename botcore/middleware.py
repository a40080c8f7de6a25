"""The middleware every turn passes through, from the outermost."""

from __future__ import annotations

import structlog

from botcore.context import Context
from botcore.errors import EngineDown, EngineLoading, EngineStalled, PluginStuck, UserError
from botcore.pipeline import Handler, Middleware
from botcore.router import Router
from botcore.telemetry import Telemetry

log = structlog.get_logger(__name__)

APOLOGY = "Sorry, something went wrong here, and trying again did not help. The operator's log knows more."
TOO_SLOW = "Sorry, that takes longer than it may here, so I gave it up. The operator's log knows more."
WORTH_ANOTHER_TRY = (EngineDown, EngineLoading, EngineStalled)


async def errors(call_next: Handler, context: Context) -> None:
    """Turn an error into words for the user, unless the turn will be tried again."""
    try:
        await call_next(context)
    except UserError as error:
        if isinstance(error, WORTH_ANOTHER_TRY) and not context.last_try:
            raise
        context.reply.fail(context.as_typed(str(error)))
    except Exception as error:
        log.error(
            "turn_failed",
            turn=context.turn_id,
            error=type(error).__name__,
            last_try=context.last_try,
            exc_info=True,
        )
        # Not while an earlier try still runs: the two would do the same things beside each other.
        if not (context.last_try or isinstance(error, PluginStuck)):
            raise
        context.reply.fail(TOO_SLOW if isinstance(error, TimeoutError | PluginStuck) else APOLOGY)


def traced_by(telemetry: Telemetry, router: Router) -> Middleware:
    """Return the middleware that times and traces what the plugins do."""

    async def tracing(call_next: Handler, context: Context) -> None:
        event = context.event
        plugin, handler = router.plugin_name(event), router.handler_name(event)
        try:
            with telemetry.handling(context.turn_id, plugin, handler):
                await call_next(context)
        finally:
            telemetry.handled(plugin, handler, context.own_time.spent)

    return tracing


def standard(
    budget: Middleware, tracing: Middleware, guard: Middleware, limits: Middleware
) -> tuple[Middleware, ...]:
    """Return what every turn passes through, from the outermost; `guard` asks only plugins that work."""
    return errors, budget, tracing, guard, limits
