"""The bot's side of the platform on loopback."""

from __future__ import annotations

import asyncio
import json
import logging
import os
from datetime import datetime
from itertools import count
from typing import Any
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, SecretStr

from botcore.adapter import AdapterSetup, Capabilities, Outgoing, Receipt, Receive, StreamMode
from botcore.domain import Author, ConversationKey, InboundEvent
from botcore.errors import OutcomeUnknown, Refused, RetryLater

RECONNECT_SECONDS = 0.05
LARGEST_LINE = 2**24  # bytes


class LoopbackSettings(BaseModel):
    """The table `[adapters.loopback]`."""

    model_config = ConfigDict(extra="forbid")

    port: int
    edit_interval: float = 0.05
    stream_mode: StreamMode = StreamMode.EDIT
    trusted: bool = True


class LoopbackAdapter:
    """Acknowledges an event when it is committed, in the order of arrival."""

    name = "loopback"
    settings: type[LoopbackSettings] = LoopbackSettings

    def __init__(self, setup: AdapterSetup) -> None:
        settings = self.settings.model_validate(setup.settings)
        self.capabilities = Capabilities(
            edit_interval=settings.edit_interval,
            stream_mode=settings.stream_mode,
            trusted=settings.trusted,
        )
        self._port = settings.port
        self._connection: Connection | None = None
        self._connecting = asyncio.Lock()

    async def run(self, receive: Receive) -> None:
        """Receive until cancelled. A connection whose event can't be committed is begun anew."""
        while True:
            try:
                connection = await self._connected()
                await connection.bring_in(receive)
            except RetryLater:
                await asyncio.sleep(RECONNECT_SECONDS)
            except Exception:
                assert self._connection  # the event is delivered again by the next one
                self._connection.close()
                await asyncio.sleep(RECONNECT_SECONDS)

    async def create(self, message: Outgoing) -> Receipt:
        reply = await self._call(
            "create", chat=message.key.chat, thread=message.key.thread, **_shown(message)
        )
        return Receipt(reply["message_id"])

    async def edit(self, receipt: Receipt, message: Outgoing) -> None:
        await self._call("edit", message_id=receipt.message_id, **_shown(message))

    async def delete(self, receipt: Receipt) -> None:
        await self._call("delete", message_id=receipt.message_id)

    async def _call(self, op: str, **arguments: object) -> dict[str, Any]:
        connection = await self._connected()
        return await connection.call({"op": op, **arguments})

    async def _connected(self) -> Connection:
        async with self._connecting:
            if self._connection is None or self._connection.is_closed:
                try:
                    reader, writer = await asyncio.open_connection(
                        "127.0.0.1", self._port, limit=LARGEST_LINE
                    )
                except OSError as error:
                    raise RetryLater from error
                self._connection = Connection(reader, writer)
            return self._connection


class Connection:
    """One socket: events come in, calls go out, their replies come in between."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self._events: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()  # None: no more will come
        self._replies: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._ids = count(1)
        self.is_closed = False
        self._send({"op": "hello", "pid": os.getpid()})
        self._reading = asyncio.create_task(self._read(reader))

    async def bring_in(self, receive: Receive) -> None:
        """Commit and acknowledge events until the connection breaks."""
        while event := await self._events.get():
            await receive(_inbound(event))
            self._send({"op": "ack", "event_id": event["event_id"]})

    async def call(self, request: dict[str, Any]) -> dict[str, Any]:
        """Return the platform's reply, or raise what became of the call."""
        number = next(self._ids)
        self._replies[number] = asyncio.get_running_loop().create_future()
        self._send({"id": number, **request})
        reply = await self._replies[number]
        if reply.get("error") == "retry_later":
            raise RetryLater(after=reply["after"])
        if reply.get("error") == "refused":
            raise Refused
        return reply

    def close(self) -> None:
        self._writer.transport.abort()

    def _send(self, line: dict[str, Any]) -> None:
        self._writer.write(json.dumps(line).encode() + b"\n")

    async def _read(self, reader: asyncio.StreamReader) -> None:
        try:
            async for text in reader:
                line = json.loads(text)
                if "event" in line:
                    self._events.put_nowait(line["event"])
                elif not (reply := self._replies.pop(line["reply"])).done():
                    reply.set_result(line)
        except OSError:
            pass  # as good as an end
        finally:
            self.is_closed = True
            self._writer.close()
            self._events.put_nowait(None)
            for reply in self._replies.values():
                if not reply.done():
                    reply.set_exception(OutcomeUnknown())


def _shown(message: Outgoing) -> dict[str, object]:
    return {
        "text": message.text or message.progress,
        "final": message.final,
        "answers": message.answers,
    }


def _inbound(event: dict[str, Any]) -> InboundEvent:
    return InboundEvent(
        key=ConversationKey("loopback", "test", event["chat"], event["thread"]),
        dedupe_key=event["message_id"],
        message_id=event["message_id"],
        author=Author(event["author"], event["author"].title(), is_bot=event["is_bot"]),
        text=event["text"],
        sent_at=datetime.fromisoformat(event["sent_at"]),
        addressed=event["addressed"],
    )


class GuardedSettings(LoopbackSettings):
    """Of a platform that asks for a password."""

    token: SecretStr


class GuardedAdapter(LoopbackAdapter):
    """An adapter that can't do without a secret, over a library that tells it in its warnings."""

    settings = GuardedSettings

    def __init__(self, setup: AdapterSetup) -> None:
        super().__init__(setup)
        self.token = GuardedSettings.model_validate(setup.settings).token

    async def create(self, message: Outgoing) -> Receipt:
        token = self.token.get_secret_value()
        logging.getLogger("platform").warning("slow: POST https://example.org/bot%s/send", quote(token))
        logging.getLogger("platform").error("refused %r", {"Authorization": f"Bearer {token}"})
        return await super().create(message)
