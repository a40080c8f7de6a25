"""The owner's side of an adapter that another process brings, such as a terminal's."""

from __future__ import annotations

from botcore.adapter import Adapter, Capabilities, Outgoing, Receipt, Receive
from botcore.control.peer import Peer
from botcore.control.wire import Visitor, dump, load
from botcore.domain import ConversationKey


class VisitingAdapter:
    """Passes everything on to the process that brought it. That one calls `receive` itself."""

    def __init__(self, visitor: Visitor, peer: Peer) -> None:
        self.name = visitor.name
        self.capabilities: Capabilities = visitor.capabilities
        self._hears_turn_over = visitor.hears_turn_over
        self._peer = peer

    async def run(self, receive: Receive) -> None:
        await self._peer.serve()

    async def create(self, message: Outgoing) -> Receipt:
        return load(await self._peer.call("create", message=dump(message)), Receipt)

    async def edit(self, receipt: Receipt, message: Outgoing) -> None:
        await self._peer.call("edit", receipt=dump(receipt), message=dump(message))

    async def delete(self, receipt: Receipt) -> None:
        await self._peer.call("delete", receipt=dump(receipt))

    async def turn_over(self, key: ConversationKey, message_id: str) -> None:
        if self._hears_turn_over:
            await self._peer.call("turn_over", key=dump(key), message_id=message_id)


class VisitingChat(VisitingAdapter):
    """One that serves a single chat."""

    def __init__(self, visitor: Visitor, peer: Peer, chat: str) -> None:
        super().__init__(visitor, peer)
        self.chat = chat


def visiting(visitor: Visitor, peer: Peer) -> Adapter:
    """Return an adapter for what another process brings."""
    if visitor.chat is None:
        return VisitingAdapter(visitor, peer)
    return VisitingChat(visitor, peer, visitor.chat)
