"""Turns: each message is answered once, in order within its conversation, beside all the others."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import structlog

from botcore.adapter import Outgoing
from botcore.ages import Ages
from botcore.chat_sender import Preview, TurnOver
from botcore.config import BotSection
from botcore.context import Context
from botcore.conversation import Conversation
from botcore.delivery import Delivery
from botcore.domain import ConversationKey, Lane, Outcome, Overlap, User, is_scheduled
from botcore.endings import Endings
from botcore.engine import Engine, Priority
from botcore.limits import OwnTime
from botcore.load import Load
from botcore.middleware import APOLOGY
from botcore.pipeline import Handler
from botcore.promises import Promise, Promises
from botcore.reply import STOPPED, Reply
from botcore.retry import insist
from botcore.router import Router
from botcore.store import Claim, Closing, InboxState, Posting, Received, Store, Waiting, Wanted
from botcore.telemetry import Telemetry
from botcore.turn_engine import TurnEngine
from botcore.waiting import Queue, WaitingRoom

log = structlog.get_logger(__name__)

MAX_FAILURES = 3
CLAIMED_AT_ONCE = 32  # committed together
CONTROL_SECONDS = 5.0  # a control command is quick, or it is none
JOB_SECONDS = 600.0  # a job's own time
POLL_SECONDS = 5.0  # the doorbell is enough; this is the net under it
RETRY_SECONDS = 1.0  # doubled with every further failure

NOT_PRIVATE = (
    "I would answer that to you alone, and can't do so in this group. Please ask me in a direct chat."
)
EXPIRED = "It has been too long since you wrote this; I could not answer then. Ask again if it still matters."
DROPPED = "I am still answering the message before this one, so I did not take it. Please send it again then."


class Ending(StrEnum):
    """Why a turn ends before its handler does."""

    STOPPED = "stopped"  # by its user
    MERGED = "merged"  # a later message's turn answers it too


@dataclass(slots=True)
class RunningTurn:
    """A turn that this process works on."""

    claim: Claim
    task: asyncio.Task[None]
    begun: bool = False
    ending: Ending | None = None
    too_late: bool = False  # to end it in any other way

    def end(self, why: Ending) -> None:
        """End it, unless it ends by itself just now."""
        if not (self.ending or self.too_late):
            self.ending = why
            if self.begun:  # a task that is cancelled before would never run, nor close its turn
                self.task.cancel()


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
        rules: BotSection,
        telemetry: Telemetry,
    ) -> None:
        """`rules`: how long plugins may work, how many may wait and how long, what overlap means."""
        self._store = store
        self._epoch = epoch
        self._router = router
        self._pipeline = pipeline
        self._engine = engine
        self._delivery = delivery
        self._rules = rules
        self._telemetry = telemetry
        self._expires = timedelta(seconds=rules.expires_seconds)
        self._ages = Ages()
        self._endings = Endings(router, delivery, store)
        self._promises = Promises(store, delivery, self._ages)
        self._room = WaitingRoom(store, delivery, self._ages, rules.max_waiting, self._expires)
        self._bell = asyncio.Event()
        self._running: dict[str, RunningTurn] = {}
        self._lost_some = False  # messages may be ours in the database that nobody works on

    def ring(self) -> None:
        """The doorbell: there may be something to claim."""
        self._bell.set()

    async def arrived(self, new: Received, key: ConversationKey, lane: Lane, *, is_command: bool) -> None:
        """Let a message that was just committed wait for its turn, or say why it can't."""
        self._ages.arrived(new.turn_id)
        overlap = Overlap.QUEUE if lane is not Lane.TURN or is_command else self._rules.overlap
        if lane is not Lane.CONTROL and await self._room.is_full():
            await self._refuse(new, self._room.refusal())
        elif overlap is Overlap.INTERRUPT:
            await self._take_over(new, key)
        elif overlap is Overlap.DROP and await self._store.is_busy(new.inbox_id):
            await self._refuse(new, DROPPED)
        self.ring()

    async def _take_over(self, new: Received, key: ConversationKey) -> None:
        """Give up what its author still waits for there: one turn answers all of it."""
        for old in await self._store.merge_earlier(new.inbox_id):
            if running := self._running.get(old.turn_id):
                running.end(Ending.MERGED)
            else:
                self._delivery.close_turn(TurnOver(old.turn_id, key, old.message_id))

    async def _refuse(self, new: Received, why: str) -> None:
        # Taken and closed at once: whoever brought it in may leave at any time.
        ending = Closing([why], outcome=Outcome.FAILED, state=InboxState.REFUSED)
        if claim := await self._store.turn_away(self._epoch, new.inbox_id, ending):
            self._tell_unanswered(claim, ending)

    async def run(self) -> None:
        """Claim and answer until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._room.run(self._is_answering))
            group.create_task(self._claim_for_ever())

    async def _claim_for_ever(self) -> None:
        while True:
            self._bell.clear()
            looked_at = datetime.now(UTC)
            try:
                await self._claim_what_is_due()
                await self._wait_for_work(looked_at)
            except Exception as error:  # a database that is down, or whose lock was lost for a moment
                log.error("database_failed", error=type(error).__name__)
                self._lost_some = True  # it may have committed what nobody told us of
                await asyncio.sleep(POLL_SECONDS)

    async def _claim_what_is_due(self) -> None:
        if self._lost_some:
            self._lost_some = False
            await self._store.release_all(self._epoch, but=list(self._running))
        while claims := await self._store.claim_some(self._epoch, self._wanted(), most=CLAIMED_AT_ONCE):
            for claim in claims:
                self._start(claim)
            if len(claims) < CLAIMED_AT_ONCE:
                return

    def _wanted(self) -> Callable[[Sequence[Claim]], Wanted]:
        # As it is now, since the store asks in another thread; until then there may only be fewer.
        load = Load()
        for turn in self._running.values():
            load.add(turn.claim)
        return load.wanted_beside

    def _is_answering(self, one: Waiting) -> bool:
        return one.turn_id in self._running or any(
            turn.claim.scope == one.scope and turn.claim.lane is one.lane is Lane.TURN
            for turn in self._running.values()
        )

    async def drain(self, grace: float) -> None:
        """Let running turns end, at most so many seconds, then give back what this process holds."""
        tasks = [turn.task for turn in self._running.values()]
        if tasks:
            await asyncio.wait(tasks, timeout=grace)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._store.release_all(self._epoch)

    async def stop(self, conversation: Conversation, user: User) -> bool:
        """End what is being written in a conversation, and what this user still waits for there.

        False when there is nothing to end.
        """
        found, before = False, conversation.before
        for turn in list(self._running.values()):
            claim = turn.claim
            is_theirs = claim.lane is Lane.TURN or (claim.lane is Lane.JOB and claim.user.id == user.id)
            if claim.scope == conversation.scope and claim.inbox_id < before and is_theirs:
                turn.end(Ending.STOPPED)
                found = True
        ending = Closing([STOPPED], outcome=Outcome.STOPPED)
        for claim in await self._store.close_waiting(
            self._epoch, conversation.scope, user.id, ending, before=before
        ):
            self._tell_unanswered(claim, ending)
            found = True
        return found

    async def queue(self, user: User) -> Queue:
        """Return what this user waits for, and how many do in all."""
        waiting = await self._store.waiting()
        running = [turn.claim for turn in self._running.values() if turn.claim.lane is not Lane.CONTROL]
        return Queue(
            running=[claim for claim in running if claim.user.id == user.id],
            waiting=[one for one in waiting if one.user_id == user.id],
            everybody=len(running) + len(waiting),
            pace=self._room.pace,
        )

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
            log.error("turn_broke_off", turn=claim.turn_id, exc_info=error)
            self._lost_some = True
            return  # the net under the bell is soon enough for what may break off again
        self.ring()

    async def _work_on(self, claim: Claim) -> None:
        if self._is_expired(claim):
            self._running[claim.turn_id].too_late = True
            await self._close_expired(claim)
            return
        with self._telemetry.turn(claim, self._age(claim).total_seconds()):
            await self._answer(claim)

    async def _answer(self, claim: Claim) -> None:
        with self._promises.watching(claim, is_alone=self._endings.is_alone(claim)) as promise:
            await self._answer_or_retry(claim, promise)

    async def _answer_or_retry(self, claim: Claim, promise: Promise | None) -> None:
        turn = self._running[claim.turn_id]
        context = self._context(claim)
        if claim.lane is Lane.JOB and not is_scheduled(claim.event):
            context.progress("Working on it")
        turn.begun = True
        try:
            if turn.ending:
                raise asyncio.CancelledError
            if self._endings.refuses_privacy(claim):
                context.reply.fail(NOT_PRIVATE)
            else:
                await self._pipeline(context)
        except asyncio.CancelledError:
            if not turn.ending:
                raise  # the bot is leaving; what it holds is given back when all have left
            turn.task.uncancel()
            context.reply.stop()
        except Exception:
            turn.too_late = True
            context.reply.close()
            await self._retry_later(claim)
            return
        turn.too_late = True  # from here on a stop would only lose what there is
        context.reply.close()
        if turn.ending is Ending.MERGED:
            self._telemetry.turn_closed(claim, "", Ending.MERGED)
            self._tell_over(claim)  # what was shown of it is taken away
        else:
            await self._close(claim, context, promise)

    def _is_expired(self, claim: Claim) -> bool:
        """A downtime is no reason to answer yesterday, unless the sender was told to wait."""
        return not claim.promised and self._age(claim) > self._expires

    def _age(self, claim: Claim) -> timedelta:
        return self._ages.of(claim.turn_id, claim.received_at)

    async def _close_expired(self, claim: Claim) -> None:
        texts = [EXPIRED] if claim.event.direct else []
        ending = Closing(texts, outcome=Outcome.FAILED, state=InboxState.EXPIRED)
        if await insist(lambda: self._store.close_turn(claim, ending)):
            self._tell_unanswered(claim, ending)
        else:
            self._tell_over(claim)  # another message's turn took it over

    def _tell_unanswered(self, claim: Claim, ending: Closing) -> None:
        """Tell of a turn that was closed and that no handler saw."""
        state, outcome = ending.state, ending.outcome
        log.info("turn_closed", turn=claim.turn_id, outcome=outcome, state=state)
        self._telemetry.turn_closed(claim, "", outcome if state is InboxState.DONE else state)
        self._tell_over(claim)

    def _tell_over(self, claim: Claim) -> None:
        self._delivery.close_turn(TurnOver(claim.turn_id, claim.event.key, claim.event.message_id))

    async def _close(self, claim: Claim, context: Context, promise: Promise | None) -> None:
        posted: Sequence[Posting] = ()
        try:
            with self._telemetry.closing():
                alone = await promise.settle() if promise else None
                closing = await self._endings.closing(claim, context, alone)
                closed = await self._store.close_turn(claim, closing)
                posted = closing.posted
        except Exception as error:
            log.error("turn_not_closed", turn=claim.turn_id, error=type(error).__name__, exc_info=True)
            if not context.last_try:
                await self._retry_later(claim)
                return
            given_up = Closing([APOLOGY], outcome=Outcome.FAILED, state=InboxState.DEAD, failed=True)
            closed = await insist(lambda: self._store.close_turn(claim, given_up))
        if closed:
            log.info("turn_closed", turn=claim.turn_id, outcome=context.reply.outcome)
            handler = self._router.handler_name(claim.event)
            self._telemetry.turn_closed(claim, handler, context.reply.outcome)
            self._room.pace.one_ended()
            for posting in posted:
                self._delivery.close_turn(TurnOver(posting.turn_id, posting.key, ""))
        else:
            log.warning("turn_not_ours_any_more", turn=claim.turn_id)
        self._tell_over(claim)

    async def _retry_later(self, claim: Claim) -> None:
        self._telemetry.turn_retried(claim)
        delay = RETRY_SECONDS * 2**claim.failures
        if not await insist(lambda: self._store.release(claim, failed=True, delay=delay)):
            self._tell_over(claim)  # it was closed, though nobody said so, or another turn took it over

    def _context(self, claim: Claim) -> Context:
        is_alone = self._endings.is_alone(claim)

        def show(part: int, outgoing: Outgoing) -> None:
            if not is_alone:  # all there would see it
                self._delivery.preview(Preview(claim.scope, claim.turn_id, part, outgoing))

        reply = Reply(
            claim.event,
            show,
            self._delivery.limits(claim.event.key),
            is_private=self._router.is_private(claim.event),
        )
        is_job = claim.lane is Lane.JOB
        seconds = {Lane.CONTROL: CONTROL_SECONDS, Lane.JOB: JOB_SECONDS}
        own_time = OwnTime(seconds.get(claim.lane, self._rules.plugin_seconds))
        return Context(
            turn_id=claim.turn_id,
            event=claim.event,
            conversation=Conversation(
                claim.event.key,
                claim.event.text,
                claim.scope,
                claim.inbox_id,
                self._store,
            ),
            user=claim.user,
            engine=TurnEngine(
                self._engine,
                reply,
                own_time,
                turn_id=claim.turn_id,
                telemetry=self._telemetry,
                user=str(claim.user.id),
                cache_key=str(claim.scope.conversation_id),
                priority=Priority.JOB if is_job else Priority.INTERACTIVE,
                tokens=self._rules.job_tokens if is_job else self._rules.turn_tokens,
            ),
            reply=reply,
            own_time=own_time,
            commands=self._router.assistant_commands,
            as_typed=self._delivery.spelling(claim.event.key),
            last_try=claim.failures + 1 >= MAX_FAILURES,
        )
