"""A plugin that does what a plugin must not do."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import structlog

from botcore import (
    Button,
    Capability,
    Context,
    Conversation,
    Engine,
    Field,
    Form,
    ModelMessage,
    Part,
    Pieces,
    Plugin,
    Schedules,
)

CANARY = "canary-7f3a9c51"  # stands for a secret; it must not be found in any log

plugin = Plugin("awkward", capabilities=[Capability.SCHEDULE, Capability.SEND_UNASKED])
log = structlog.get_logger("awkward")
leaked: set[asyncio.Task[None]] = set()


@plugin.answerer
async def talk(conversation: Conversation, engine: Engine) -> Pieces:
    """Answer by the script."""
    async for piece in engine.stream(
        [*await conversation.history(), ModelMessage.user(conversation.question)]
    ):
        yield piece


@plugin.command("raise")
async def raise_(*, secret: str = "") -> Pieces:
    """Raise in the middle of an answer."""
    yield "Half of it"
    raise RuntimeError(f"planned, with {secret or CANARY}")


@plugin.command("exit")
async def exit_() -> str:
    """End the process."""
    sys.exit("planned")


@plugin.command("block")
async def block(*, seconds: float) -> str:
    """Block the event loop."""
    time.sleep(seconds)  # noqa: ASYNC251  # that is what is tried
    return "blocked"


@plugin.command("hold")
async def hold(*, seconds: float) -> str:
    """Take a long time of the plugin's own."""
    await asyncio.sleep(seconds)
    return "held"


@plugin.command("job", job=True)
async def job(context: Context, *, seconds: float) -> str:
    """Take a long time beside everything else, as a long summary does."""
    context.progress("Summarizing")
    await asyncio.sleep(seconds)
    return "the summary"


@plugin.command("offer")
async def offer() -> Part:
    """Offer to hold for some seconds."""
    return Part("Shall I?", (Button("Hold", "hold", "2"),))


@plugin.action("hold")
async def hold_by_button(*, seconds: float) -> str:
    """Take a while, so that it can be killed meanwhile."""
    await asyncio.sleep(seconds)
    return "held by a button"


@plugin.command("lunch", open=Form("Lunch", (Field("place", "Where?"),)))
async def lunch(*, place: str) -> str:
    """Ask where, in a form."""
    return f"lunch: {place}"


@plugin.command("later")
async def later(schedules: Schedules, *, seconds: float, text: str) -> str:
    """Say something in some seconds."""
    await schedules.at(datetime.now(UTC) + timedelta(seconds=seconds), "say", text)
    return "planned"


@plugin.action("say")
async def say(*, text: str) -> str:
    """Take a while before it is said, so that it can be killed meanwhile."""
    await asyncio.sleep(0.5)
    return f"as planned: {text}"


@plugin.command("never")
async def never() -> None:
    """Never return."""
    await asyncio.Event().wait()


@plugin.command("stay")
async def stay() -> None:
    """Go on, whoever says that it is over."""
    while True:
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(60)


@plugin.command("leak")
async def leak() -> str:
    """Leave a task behind that fails later."""

    async def fail_later() -> None:
        await asyncio.sleep(0.01)
        raise RuntimeError(f"leaked, with {CANARY}")

    leaked.add(asyncio.create_task(fail_later()))
    return "leaked"


@plugin.command("die")
async def die() -> None:
    """Take the whole process down."""
    os.kill(os.getpid(), signal.SIGKILL)


@plugin.command("call")
async def call() -> str:
    """Call another service by a library that logs its address, as most do."""
    logging.getLogger("httpx").info("HTTP Request: GET https://example.org/bot%s/getMe", CANARY)
    logging.getLogger("asyncio").debug("opened %s", f"https://example.org/?token={CANARY}")
    try:
        raise OSError(f"https://example.org/?token={CANARY} can't be reached")
    except OSError:
        log.debug("call_failed", exc_info=True)
    return "called"
