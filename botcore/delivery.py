"""The only sender. One task per chat, so that what goes out there keeps its order and its pace."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import cast

from botcore.abilities import can, interval_of, mode_of, prefix_of
from botcore.adapter import Adapter, AnswersAlone, Capabilities, FindsSent, PrivateAnswers, StreamMode
from botcore.chat_sender import ChatSender, Preview, TurnOver
from botcore.domain import ConversationKey
from botcore.fronts import Front, Fronts
from botcore.markup.limits import TextLimits
from botcore.pacing import TokenBucket
from botcore.spelling import Spelling
from botcore.store import Store
from botcore.telemetry import Telemetry


class Delivery:
    """Brings parts to their chats."""

    def __init__(
        self, store: Store, epoch: int, fronts: Fronts, telemetry: Telemetry, commands: Collection[str]
    ) -> None:
        """`epoch`: of this process; one that was replaced meanwhile sends no final text.

        `commands`: the names of what can be typed behind a slash.
        """
        self._store = store
        self._epoch = epoch
        self._telemetry = telemetry
        self._fronts = fronts
        self._commands = frozenset(commands)
        self._senders: dict[tuple[str, str, str], ChatSender] = {}
        self._buckets: dict[tuple[str, str, str], TokenBucket] = {}  # of chats that were written to just now

    def preview(self, preview: Preview) -> None:
        """Show a part that is still being written. It may be dropped for a newer one."""
        if adapter := self._previewing(preview.outgoing.key):
            self._sender(preview.outgoing.key, adapter).offer(preview)

    def can_preview(self, key: ConversationKey) -> bool:
        """Tell whether a chat can show what is not final."""
        return self._previewing(key) is not None

    def limits(self, key: ConversationKey) -> TextLimits | None:
        """Tell how much a message of a chat holds, if that has an end."""
        adapter = self._fronts.find(key)
        return adapter.capabilities.limits if adapter else None

    def capabilities(self, key: ConversationKey) -> Capabilities | None:
        """Return what can be done in a chat, if anybody serves it just now."""
        adapter = self._fronts.find(key)
        return adapter.capabilities if adapter else None

    def spelling(self, key: ConversationKey) -> Spelling:
        """Return how commands are typed in a chat."""
        adapter = self._fronts.find(key)
        return Spelling(self._commands, prefix_of(adapter, key)) if adapter else Spelling()

    def answers_alone(self, key: ConversationKey) -> AnswersAlone | None:
        """Return who can answer one person alone in a chat, if anybody can."""
        adapter = self._fronts.find(key)
        if adapter is None or adapter.capabilities.private is not PrivateAnswers.EPHEMERAL:
            return None
        return cast("AnswersAlone", adapter) if can(type(adapter), AnswersAlone) else None

    def close_turn(self, over: TurnOver, *, in_doubt: bool = False) -> None:
        """Send the final parts of a turn, if somebody can; otherwise they wait in the outbox.

        `in_doubt`: some of them may have arrived, and are looked for.
        """
        adapter = self._fronts.find(over.key)
        if adapter:
            self._sender(over.key, adapter).enqueue(over, in_doubt=in_doubt)

    def is_looking(self, key: ConversationKey) -> bool:
        """Tell whether something is still looked for in a chat that may have arrived there."""
        sender = self._senders.get((key.platform, key.tenant, key.chat))
        return sender is not None and bool(sender.in_doubt)

    async def recover(self, front: Front | None = None) -> None:
        """Send what waits in the outbox: for the adapter that has just come, at the start for all.

        A turn may be named here and by `close_turn` too: what is left of it is read when it is sent.
        """
        waiting: dict[TurnOver, bool] = {}  # whether something of it is in doubt
        fronts = list(self._fronts) if front is None else [front]
        finds = any(can(type(one.adapter), FindsSent) for one in fronts)
        for part in await self._store.undelivered(in_doubt=finds):
            mine = next((one for one in fronts if one.serves(part.key)), None)
            if mine and (not part.in_doubt or can(type(mine.adapter), FindsSent)):
                over = TurnOver(part.turn_id, part.key, part.answers or "")
                waiting[over] = waiting.get(over, False) or part.in_doubt
        for over, in_doubt in waiting.items():
            self.close_turn(over, in_doubt=in_doubt)

    async def mark_stale(self) -> None:
        """Let the answers say so that rest on messages which have changed since."""
        for answer in await self._store.stale_answers():
            self.close_turn(TurnOver(answer.turn_id, answer.key, "", is_stale=True))

    async def leave(self, front: Front) -> None:
        """Send nothing more through an adapter that has gone. What it did not send stays in the outbox."""
        its = [sender for sender in self._senders.values() if sender.adapter is front.adapter]
        for sender in its:
            sender.leave()
        await asyncio.gather(*(sender.task for sender in its), return_exceptions=True)

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

    def _previewing(self, key: ConversationKey) -> Adapter | None:
        adapter = self._fronts.find(key)
        return adapter if adapter and mode_of(adapter, key) is not StreamMode.FINAL else None

    def _sender(self, key: ConversationKey, adapter: Adapter) -> ChatSender:
        place = (key.platform, key.tenant, key.chat)
        sender = self._senders.get(place)
        if sender is None or sender.task.done() or sender.adapter is not adapter:
            bucket = self._bucket(place, key, adapter)
            sender = self._senders[place] = ChatSender(
                self._store, self._epoch, adapter, bucket, self._telemetry, self.spelling
            )
            sender.task.add_done_callback(lambda task: self._forget(place, task))
        return sender

    def _bucket(self, place: tuple[str, str, str], key: ConversationKey, adapter: Adapter) -> TokenBucket:
        """Return a chat's pace. Those of chats that have rested are as good as new and need not be kept."""
        if place not in self._buckets:
            self._buckets = {place: bucket for place, bucket in self._buckets.items() if not bucket.is_full}
            self._buckets[place] = TokenBucket(interval_of(adapter, key), adapter.capabilities.burst)
        return self._buckets[place]

    def _forget(self, place: tuple[str, str, str], task: asyncio.Task[None]) -> None:
        if (sender := self._senders.get(place)) and sender.task is task:
            del self._senders[place]
