"""Turns: each message is answered once, in order within its conversation, beside all the others."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from pydantic import JsonValue

from botcore.context import Context
from botcore.conversation import Conversation
from botcore.delivery import Delivery, Preview, TurnOver
from botcore.domain import Lane, Outcome
from botcore.engine import Engine
from botcore.limits import OwnTime
from botcore.middleware import APOLOGY
from botcore.pipeline import Handler
from botcore.reply import Reply
from botcore.retry import insist
from botcore.router import Router
from botcore.store import Claim, Closing, DatabaseError, InboxState, Store
from botcore.turn_engine import TurnEngine

log = structlog.get_logger(__name__)

MAX_FAILURES = 3
MAX_RUNNING = 256  # turns at once; most of them wait for the model
CONTROL_SECONDS = 5.0  # a control command is quick, or it is none
POLL_SECONDS = 5.0  # the doorbell is enough; this is the net under it
RETRY_SECONDS = 1.0  # doubled with every further failure


@dataclass(slots=True)
class RunningTurn:
    """A turn that this process works on."""

    claim: Claim
    task: asyncio.Task[None]
    stopped: bool = False  # by its user
    ending: bool = False  # too late for a stop


class Turns:
    """Claims messages, lets the pipeline answer them and closes their turns."""

    def __init__(
        self,
        *,
        store: Store,
        epoch: int,
        router: Router,
        pipeline: Handler,
        engine: Engine,
        delivery: Delivery,
        plugin_seconds: float,
    ) -> None:
        """`plugin_seconds`: how long a plugin may work on one turn, the engine's time apart."""
        self._store = store
        self._epoch = epoch
        self._router = router
        self._pipeline = pipeline
        self._engine = engine
        self._delivery = delivery
        self._plugin_seconds = plugin_seconds
        self._bell = asyncio.Event()
        self._running: dict[str, RunningTurn] = {}

    def ring(self) -> None:
        """The doorbell: there may be something to claim."""
        self._bell.set()

    async def run(self) -> None:
        """Claim and answer until cancelled."""
        while True:
            self._bell.clear()
            looked_at = datetime.now(UTC)
            try:
                await self._claim_what_is_due()
                await self._wait_for_work(looked_at)
            except DatabaseError as error:
                log.error("database_failed", error=type(error).__name__)
                await asyncio.sleep(POLL_SECONDS)

    async def _claim_what_is_due(self) -> None:
        """When all places are taken, a /stop still comes through."""
        while True:
            full = len(self._running) >= MAX_RUNNING
            claim = await self._store.claim(self._epoch, control_only=full)
            if claim is None:
                return
            self._start(claim)

    async def drain(self, grace: float) -> None:
        """Let running turns end, at most so many seconds, then give back what this process holds."""
        tasks = [turn.task for turn in self._running.values()]
        if tasks:
            await asyncio.wait(tasks, timeout=grace)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._store.release_all(self._epoch)

    async def stop(self, conversation: Conversation) -> bool:
        """End what is being written in a conversation. False when nothing is."""
        for turn in self._running.values():
            if turn.claim.scope == conversation.scope and turn.claim.lane is Lane.TURN:
                if not (turn.stopped or turn.ending):
                    turn.stopped = True
                    turn.task.cancel()
                return True
        return False

    async def _wait_for_work(self, looked_at: datetime) -> None:
        """Wait for the bell, or for what was not due yet when we looked."""
        due = await self._store.next_due(looked_at)
        wait = POLL_SECONDS
        if due is not None:
            wait = min(wait, max(0.0, (due - datetime.now(UTC)).total_seconds()))
        # Not `wait_for`, which loses a cancellation that comes together with the bell (Python 3.11).
        with suppress(TimeoutError):
            async with asyncio.timeout(wait):
                await self._bell.wait()

    def _start(self, claim: Claim) -> None:
        task = asyncio.create_task(self._work_on(claim), name=f"turn {claim.turn_id}")
        self._running[claim.turn_id] = RunningTurn(claim, task)
        task.add_done_callback(lambda task: self._ended(claim, task))

    def _ended(self, claim: Claim, task: asyncio.Task[None]) -> None:
        del self._running[claim.turn_id]
        if not task.cancelled() and (error := task.exception()):
            # The database failed under the turn. Its row is free again after the next start.
            log.error("turn_broke_off", turn=claim.turn_id, exc_info=error)
        self.ring()

    async def _work_on(self, claim: Claim) -> None:
        turn = self._running[claim.turn_id]
        context = self._context(claim)
        try:
            await self._pipeline(context)
        except asyncio.CancelledError:
            if not turn.stopped:
                raise  # the bot is leaving; what it holds is given back when all have left
            turn.task.uncancel()
            context.reply.stop()
        except Exception:
            turn.ending = True
            await self._retry_later(claim)
            return
        turn.ending = True  # from here on a stop would only lose what there is
        context.reply.close()
        await self._close(claim, context)

    async def _close(self, claim: Claim, context: Context) -> None:
        try:
            closed = await self._store.close_turn(claim, self._closing(claim, context))
        except Exception as error:
            log.error("turn_not_closed", turn=claim.turn_id, error=type(error).__name__, exc_info=True)
            if not context.last_try:
                await self._retry_later(claim)
                return
            given_up = Closing([APOLOGY], outcome=Outcome.FAILED, state=InboxState.DEAD)
            closed = await insist(lambda: self._store.close_turn(claim, given_up))
        if not closed:
            log.warning("turn_not_ours_any_more", turn=claim.turn_id)
            return
        log.info("turn_closed", turn=claim.turn_id, outcome=context.reply.outcome)
        self._delivery.close_turn(TurnOver(claim.turn_id, claim.event.key, claim.event.message_id))

    def _closing(self, claim: Claim, context: Context) -> Closing:
        reply = context.reply
        answered, failed = reply.outcome is Outcome.ANSWERED, reply.outcome is Outcome.FAILED
        return Closing(
            texts=reply.texts,
            handler=self._router.handler_name(claim.event.text),
            outcome=reply.outcome,
            in_history=claim.lane is Lane.TURN and bool(reply.texts) and answered,
            state=InboxState.DEAD if context.last_try and failed else InboxState.DONE,
            usage=context.engine.usage,
            written=_written(context),
        )

    async def _retry_later(self, claim: Claim) -> None:
        delay = RETRY_SECONDS * 2**claim.failures
        await insist(lambda: self._store.release(claim, failed=True, delay=delay))

    def _context(self, claim: Claim) -> Context:
        reply = Reply(
            claim.event,
            lambda part, outgoing: self._delivery.preview(
                Preview(claim.scope, claim.turn_id, part, outgoing)
            ),
        )
        is_control = claim.lane is Lane.CONTROL
        own_time = OwnTime(CONTROL_SECONDS if is_control else self._plugin_seconds)
        return Context(
            turn_id=claim.turn_id,
            event=claim.event,
            conversation=Conversation(
                claim.event.key, claim.event.text, claim.scope, claim.inbox_id, self._store
            ),
            user=claim.user,
            engine=TurnEngine(
                self._engine,
                reply,
                own_time,
                user=str(claim.user.id),
                cache_key=str(claim.scope.conversation_id),
            ),
            reply=reply,
            own_time=own_time,
            commands=tuple(self._router.commands),
            last_try=claim.failures + 1 >= MAX_FAILURES,
        )


def _written(context: Context) -> Mapping[str, Mapping[str, JsonValue]]:
    """Return what plugins wrote; a turn that was not answered writes nothing."""
    if context.reply.outcome is not Outcome.ANSWERED:
        return {}
    return {name: store.written for name, store in context.plugin_stores.items()}
