"""The bot that runs in the owner's process, for an adapter that lives in this one."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence

import aiohttp

from botcore.adapter import Accepted, Adapter, HearsTurnOver, Outgoing, Receipt, ServesOneChat
from botcore.control.client import OwnerClient
from botcore.control.peer import LARGEST_MESSAGE, Handler, Peer
from botcore.control.remote_engine import RemoteEngine
from botcore.control.wire import Json, Offered, Visitor, dump, dump_event, load
from botcore.domain import ConversationKey, Event
from botcore.errors import AdapterGone, OutcomeUnknown, OwnerGone


class RemoteBot:
    """Brings one adapter to the owner."""

    def __init__(self, client: OwnerClient, adapter: Adapter, commands: Sequence[Offered]) -> None:
        """`commands`: what people can type there."""
        self.commands = commands
        self.lasts = client.greeting.lasts
        self.engine = RemoteEngine(client)
        self._client = client
        self._adapter = adapter

    async def run(self, stop: asyncio.Event | None = None) -> None:
        """Run the adapter until it is done or that is set; raise `OwnerGone` when the owner leaves."""
        try:
            async with self._client.session.ws_connect("/attach", max_msg_size=LARGEST_MESSAGE) as socket:
                await socket.send_json(dump(self._visitor()))
                attached = await socket.receive_json()
                if isinstance(self._adapter, ServesOneChat):
                    self._adapter.chat = attached["chat"]
                await self._run_attached(Peer(socket, self._handlers()), stop or asyncio.Event())
        except (aiohttp.ClientError, OSError, TypeError) as error:  # TypeError: closed instead of an answer
            raise OwnerGone from error

    async def _run_attached(self, peer: Peer, stop: asyncio.Event) -> None:
        async def receive(event: Event) -> Accepted:
            try:
                return Accepted(await peer.call("receive", event=dump_event(event)))
            except (AdapterGone, OutcomeUnknown):
                return await asyncio.Future()  # the owner has left; this is about to be cancelled for it

        serving = asyncio.create_task(peer.serve())
        running = asyncio.create_task(self._adapter.run(receive))
        waiting = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait([serving, running, waiting], return_when=asyncio.FIRST_COMPLETED)
            gone = serving.done() and not running.done() and not waiting.done()
        finally:
            for task in (serving, running, waiting):
                task.cancel()
            await asyncio.gather(serving, running, waiting, return_exceptions=True)
        if gone:
            raise OwnerGone
        if running.done() and not running.cancelled():
            running.result()

    def _visitor(self) -> Visitor:
        adapter = self._adapter
        return Visitor(
            name=adapter.name,
            pid=os.getpid(),
            capabilities=adapter.capabilities,
            hears_turn_over=isinstance(adapter, HearsTurnOver),
            chat=adapter.chat if isinstance(adapter, ServesOneChat) else None,
        )

    def _handlers(self) -> dict[str, Handler]:
        adapter = self._adapter

        async def create(told: Json) -> Json:
            receipt: Json = dump(await adapter.create(load(told["message"], Outgoing)))
            return receipt

        async def edit(told: Json) -> None:
            await adapter.edit(load(told["receipt"], Receipt), load(told["message"], Outgoing))

        async def delete(told: Json) -> None:
            await adapter.delete(load(told["receipt"], Receipt))

        async def turn_over(told: Json) -> None:
            if isinstance(adapter, HearsTurnOver):
                await adapter.turn_over(load(told["key"], ConversationKey), told["message_id"])

        return {"create": create, "edit": edit, "delete": delete, "turn_over": turn_over}
