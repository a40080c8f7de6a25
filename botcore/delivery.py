"""The only sender. One task per chat, so that what goes out there keeps its order and its pace."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol, TypeVar, runtime_checkable

import stamina
import structlog

from botcore.adapter import Adapter, Outgoing, Receipt, StreamMode
from botcore.domain import ConversationKey
from botcore.errors import Refused, RetryLater
from botcore.store import OutboxPart, OutboxState, Scope, Store

T = TypeVar("T")
log = structlog.get_logger(__name__)


@runtime_checkable
class HearsTheEnd(Protocol):
    """An adapter that wants to know when a turn's last part was dealt with."""

    async def turn_over(self, key: ConversationKey, message_id: str) -> None: ...


@dataclass(frozen=True, slots=True)
class TurnOver:
    """The end of a turn, in line behind its parts."""

    key: ConversationKey
    message_id: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What a part looks like so far."""

    scope: Scope
    turn_id: str
    part: int
    outgoing: Outgoing


class Delivery:
    """Brings parts to their chats."""

    def __init__(self, store: Store, adapters: Mapping[str, Adapter]) -> None:
        """`adapters` by platform."""
        self._store = store
        self._adapters = adapters
        self._senders: dict[tuple[str, str, str], ChatSender] = {}

    def preview(self, preview: Preview) -> None:
        """Show a part that is still being written. It may be dropped for a newer one."""
        adapter = self._adapters.get(preview.outgoing.key.platform)
        if adapter and adapter.capabilities.stream_mode is StreamMode.EDIT:
            self._sender(preview.outgoing.key, adapter).offer(preview)

    async def close_turn(self, turn_id: str, over: TurnOver) -> None:
        """Send the final parts of a turn, which are in the outbox by now."""
        self._send(await self._store.parts_of(turn_id), over)

    async def recover(self) -> None:
        """Send what an earlier process left in the outbox."""
        self._send(await self._store.undelivered(), None)

    async def drain(self, seconds: float) -> None:
        """Wait until everything is sent, at most so long; what is left stays in the outbox."""
        for sender in self._senders.values():
            sender.finish()
        tasks = [sender.task for sender in self._senders.values()]
        if tasks:
            await asyncio.wait(tasks, timeout=seconds)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _send(self, parts: list[OutboxPart], over: TurnOver | None) -> None:
        items: list[OutboxPart | TurnOver] = [*parts, *([over] if over else [])]
        for item in items:
            adapter = self._adapters.get(item.key.platform)
            if adapter:  # otherwise it waits for a start with that adapter
                self._sender(item.key, adapter).enqueue(item)

    def _sender(self, key: ConversationKey, adapter: Adapter) -> ChatSender:
        place = (key.platform, key.tenant, key.chat)
        sender = self._senders.get(place)
        if sender is None or sender.task.done():
            sender = self._senders[place] = ChatSender(self._store, adapter)
            sender.task.add_done_callback(lambda task: self._forget(place, task))
        return sender

    def _forget(self, place: tuple[str, str, str], task: asyncio.Task[None]) -> None:
        if (sender := self._senders.get(place)) and sender.task is task:
            del self._senders[place]


class ChatSender:
    """Sends to one chat until there is nothing left to send."""

    def __init__(self, store: Store, adapter: Adapter) -> None:
        self._store = store
        self._adapter = adapter
        self._finals: deque[OutboxPart | TurnOver] = deque()
        self._previews: dict[tuple[str, int], Preview] = {}
        self._receipts: dict[tuple[str, int], Receipt] = {}  # of parts whose final is still to come
        self._news = asyncio.Event()
        self._next_preview = 0.0  # on the loop's clock
        self._finishing = False
        self.task = asyncio.create_task(self._run())

    def offer(self, preview: Preview) -> None:
        """Take a preview; only the newest of a part counts."""
        self._previews[preview.turn_id, preview.part] = preview
        self._news.set()

    def enqueue(self, item: OutboxPart | TurnOver) -> None:
        """Take something that must go out."""
        self._finals.append(item)
        self._news.set()

    def finish(self) -> None:
        """End once everything is sent; no turn will come back for its previews."""
        self._finishing = True
        self._news.set()

    async def _run(self) -> None:
        while self._finals or self._previews or (self._receipts and not self._finishing):
            if self._finals:
                await self._send(self._finals.popleft())
            elif self._previews:
                await self._show_when_due()
            else:
                await self._news.wait()
                self._news.clear()

    async def _send(self, item: OutboxPart | TurnOver) -> None:
        if isinstance(item, OutboxPart):
            await self._send_final(item)
        elif isinstance(self._adapter, HearsTheEnd):
            await self._adapter.turn_over(item.key, item.message_id)

    async def _show_when_due(self) -> None:
        """Show a preview at the chat's pace, unless something final comes first."""
        loop = asyncio.get_running_loop()
        self._news.clear()
        wait = self._next_preview - loop.time()
        if wait > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._news.wait()
                return
        preview = self._previews.pop(next(iter(self._previews)))
        try:
            await self._show(preview)
        except Exception as error:
            log.info("preview_dropped", turn=preview.turn_id, error=type(error).__name__)
            wait = error.after if isinstance(error, RetryLater) and error.after else 0.0
            self._next_preview = loop.time() + wait
        self._next_preview = max(self._next_preview, loop.time() + self._adapter.capabilities.edit_interval)

    async def _show(self, preview: Preview) -> None:
        place = (preview.turn_id, preview.part)
        if receipt := self._receipts.get(place):
            await self._adapter.edit(receipt, preview.outgoing)
            return
        await self._store.start_part(preview.scope, *place)
        try:
            receipt = await self._adapter.create(preview.outgoing)
        except Exception:
            # Not taken, or a fragment at worst: either way the final text is created anew.
            await self._store.record_sending(*place, OutboxState.PENDING)
            raise
        self._receipts[place] = receipt
        await self._store.record_sending(*place, OutboxState.CREATED, receipt)

    async def _send_final(self, part: OutboxPart) -> None:
        place = (part.turn_id, part.part)
        self._previews.pop(place, None)
        receipt = self._receipts.pop(place, None) or part.receipt
        outgoing = Outgoing(
            key=part.key, text=part.text, final=True, answers=part.answers, failed=part.failed
        )
        try:
            state, receipt = await self._finish(place, outgoing, receipt)
        except Exception as error:
            refused = isinstance(error, Refused) or receipt is not None
            state = OutboxState.DEAD if refused else OutboxState.UNKNOWN
            log.warning("part_not_delivered", turn=part.turn_id, state=state, error=type(error).__name__)
        await self._store.record_sending(*place, state, receipt)

    async def _finish(
        self, place: tuple[str, int], outgoing: Outgoing, receipt: Receipt | None
    ) -> tuple[OutboxState, Receipt | None]:
        if not outgoing.text:
            if receipt:
                await _insist(lambda: self._adapter.delete(receipt))
            return OutboxState.DEAD, receipt
        if receipt:
            await _insist(lambda: self._adapter.edit(receipt, outgoing))
            return OutboxState.DELIVERED, receipt
        await self._store.start_final(*place)
        return OutboxState.DELIVERED, await _insist(lambda: self._adapter.create(outgoing))


async def _insist(action: Callable[[], Awaitable[T]]) -> T:
    """Try until it works or the platform says that it never will."""
    async for attempt in stamina.retry_context(on=_patience, attempts=None, timeout=None):
        with attempt:
            return await action()
    raise AssertionError("unreachable: without a limit the attempts do not end")


def _patience(error: Exception) -> bool | float:
    if isinstance(error, RetryLater):
        return error.after if error.after is not None else True
    return False
