"""The adapters that are there just now, and which chats each of them serves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from botcore.adapter import Adapter, HearsPartly, ServesOneChat
from botcore.domain import ConversationKey


class FrontState(StrEnum):
    """How an adapter is."""

    RUNNING = "running"
    WAITING = "waiting"  # it failed and will be started again
    ENDED = "ended"  # it brings no more messages in; answers still go out through it


@dataclass(slots=True, eq=False)
class Front:
    """An adapter at work."""

    adapter: Adapter
    chat: str | None  # the only one it serves; None: every chat of its platform
    pid: int | None = None  # of the process that brought it, when that is not this one
    state: FrontState = FrontState.RUNNING
    detail: str = ""  # why it is in that state, for the operator
    failures: int = 0  # since the start
    since: datetime = field(default_factory=lambda: datetime.now(UTC))

    def serves(self, key: ConversationKey) -> bool:
        """Whether this adapter shows what is said in a conversation."""
        return self.adapter.name == key.platform and self.chat in (None, key.chat)

    def become(self, state: FrontState, detail: str = "") -> None:
        """Note how the adapter is from now on."""
        self.state, self.detail, self.since = state, detail, datetime.now(UTC)


class Fronts:
    """Adapters come and go: `botcore chat` brings one, and takes it away when it ends."""

    def __init__(self) -> None:
        self._fronts: list[Front] = []

    def __iter__(self) -> Iterator[Front]:
        return iter(self._fronts)

    def add(self, adapter: Adapter, pid: int | None = None) -> Front:
        """Take an adapter in. One that serves a single chat gets a chat of its own, if need be another."""
        if isinstance(adapter, ServesOneChat):
            adapter.chat = self._free_chat(adapter.name, adapter.chat)
            front = Front(adapter, adapter.chat, pid)
        else:
            front = Front(adapter, None, pid)
        self._fronts.append(front)
        return front

    def remove(self, front: Front) -> None:
        """Forget an adapter that has gone."""
        self._fronts.remove(front)

    def find(self, key: ConversationKey) -> Adapter | None:
        """Return who shows what is said in a conversation, if anybody is there."""
        return next((front.adapter for front in self._fronts if front.serves(key)), None)

    async def unheard(self, key: ConversationKey) -> str:
        """Return what a platform keeps from the bot in a chat; empty when that is nothing."""
        adapter = self.find(key)
        return await adapter.unheard(key) if isinstance(adapter, HearsPartly) else ""

    def _free_chat(self, platform: str, wanted: str) -> str:
        taken = {front.chat for front in self._fronts if front.adapter.name == platform}
        chat, number = wanted, 1
        while chat in taken:
            number += 1
            chat = f"{wanted}-{number}"
        return chat
