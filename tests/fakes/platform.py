"""A chat platform in the test's process. It speaks JSON lines over TCP on loopback with the bot's adapter.

It behaves as the real ones do: an event is delivered until it is acknowledged, again after every
reconnect; `create` is not idempotent; a call whose connection breaks may or may not have had its effect.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to one call of the bot's."""

    error: str = ""  # instead of an effect: "retry_later" or "refused"
    retry_after: float | None = None  # seconds, with retry_later
    seconds_before: float = 0.0  # until the effect
    cut_before: bool = False  # the connection breaks before the effect
    seconds_after: float = 0.0  # from the effect to its receipt
    cut_after: bool = False  # the connection breaks before the receipt


NO_FAULT = Fault()


@dataclass(frozen=True, slots=True)
class Post:
    """What somebody wrote to the bot."""

    event_id: str
    message_id: str
    chat: str
    thread: str
    author: str
    is_bot: bool
    addressed: bool
    text: str
    sent_at: str  # ISO 8601


@dataclass(frozen=True, slots=True)
class Version:
    """How a message of the bot's looked from a certain moment on."""

    text: str
    final: bool
    at: float  # the platform's monotonic clock


@dataclass(slots=True)
class BotMessage:
    """A message of the bot's."""

    message_id: str
    chat: str
    thread: str
    answers: str | None
    versions: list[Version] = field(default_factory=list)  # the first is the create, the rest are edits
    deleted: bool = False

    @property
    def text(self) -> str:
        return self.versions[-1].text

    @property
    def is_final(self) -> bool:
        return self.versions[-1].final


class Platform:
    """The server. Everything people and the bot did is remembered here, whatever happens to the bot."""

    def __init__(self) -> None:
        self.posts: dict[str, Post] = {}  # by message id
        self.messages: dict[str, BotMessage] = {}  # the bot's, by message id
        self.calls: list[Json] = []  # of the bot's, in the order in which they arrived
        self.acknowledged: list[str] = []  # message ids, in the order of the acknowledgements
        self.deliveries: dict[str, int] = {}  # how often each event was delivered, by event id
        self.faults: deque[Fault] = deque()  # for the next calls, one each
        self.choose_fault: Callable[[Json], Fault] = lambda call: NO_FAULT  # when none is queued
        self.echo = False  # whether the bot is shown its own messages too
        self.hear: Callable[[Json], None] = lambda call: None  # called with every message that it creates
        self.port = 0
        self.bot_pid: int | None = None  # of the bot that is connected
        self._waiting: dict[str, Post] = {}  # not acknowledged, by event id
        self._number = 0
        self._server: asyncio.Server | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=2**24)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server
        self._server.close()
        self.cut()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def post(
        self,
        text: str,
        *,
        chat: str = "room",
        thread: str = "",
        author: str = "ana",
        is_bot: bool = False,
        addressed: bool = True,
        sent_at: datetime | None = None,
    ) -> str:
        """Write a message, whether or not the bot is there, and return its id."""
        post = Post(
            event_id=self._new_id("event"),
            message_id=self._new_id("in"),
            chat=chat,
            thread=thread,
            author=author,
            is_bot=is_bot,
            addressed=addressed,
            text=text,
            sent_at=(sent_at or datetime.now(UTC)).isoformat(),
        )
        self._publish(post)
        return post.message_id

    def deliver_again(self, message_id: str) -> None:
        """Deliver a message once more, as a platform does that is not sure of its acknowledgement."""
        self._publish(self.posts[message_id])

    def answers_to(self, message_id: str) -> list[BotMessage]:
        """Return what is shown as the answer to a message."""
        return [m for m in self.messages.values() if m.answers == message_id and not m.deleted]

    def answer_to(self, message_id: str) -> str | None:
        """Return the whole final answer to a message; None when there is none yet."""
        answers = self.answers_to(message_id)
        if not answers or not all(message.is_final for message in answers):
            return None
        return "\n\n".join(message.text for message in answers)

    async def until(self, condition: Callable[[], bool], what: str, seconds: float = 60.0) -> None:
        """Wait for something to be true; fail, saying `what` did not happen, when it takes too long."""
        ends = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < ends, f"not within {seconds} s: {what}"
            await asyncio.sleep(0.005)

    async def until_answered(self, message_id: str, seconds: float = 60.0) -> str:
        """Wait for the final answer to a message and return it."""
        await self.until(
            lambda: self.answer_to(message_id) is not None,
            f"an answer to {self.posts[message_id].text!r}; shown is {self.answers_to(message_id)}",
            seconds,
        )
        return self.answer_to(message_id) or ""

    @property
    def unacknowledged(self) -> int:
        """How many events the bot has not confirmed."""
        return len(self._waiting)

    async def until_final(self, message_id: str, seconds: float = 60.0) -> str:
        """Wait for a final answer, beside which a piece of one may stand; return the only one."""
        await self.until(
            lambda: any(message.is_final for message in self.answers_to(message_id)),
            f"a final answer to {self.posts[message_id].text!r}; shown is {self.answers_to(message_id)}",
            seconds,
        )
        [final] = [message for message in self.answers_to(message_id) if message.is_final]
        return final.text

    def cut(self) -> None:
        """Break the bot's connection."""
        if self._writer:
            self._writer.transport.abort()
            self._writer = None
            self.bot_pid = None

    def _publish(self, post: Post) -> None:
        self.posts[post.message_id] = post
        self._waiting[post.event_id] = post
        self._deliver(post)

    def _deliver(self, post: Post) -> None:
        if self._writer:
            self.deliveries[post.event_id] = self.deliveries.get(post.event_id, 0) + 1
            _send(self._writer, {"event": asdict(post)})

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        try:
            async for line in reader:
                call: Json = json.loads(line)
                if call["op"] == "hello":
                    self._welcome(call, writer)
                elif call["op"] == "ack":
                    self._acknowledge(call["event_id"])
                else:
                    self._begin(call, writer)
        except (OSError, asyncio.CancelledError):
            pass  # the bot was killed or the test is over: a coroutine of a server's ends quietly
        finally:
            self._tasks.discard(task)
            if self._writer is writer:
                self._writer = self.bot_pid = None
            writer.close()

    def _welcome(self, call: Json, writer: asyncio.StreamWriter) -> None:
        self._writer, self.bot_pid = writer, call["pid"]
        for post in self._waiting.values():
            self._deliver(post)

    def _acknowledge(self, event_id: str) -> None:
        if post := self._waiting.pop(event_id, None):
            self.acknowledged.append(post.message_id)

    def _begin(self, call: Json, writer: asyncio.StreamWriter) -> None:
        """Calls run beside each other; calls that nothing holds up take effect in their order."""
        self.calls.append(call)
        fault = self.faults.popleft() if self.faults else self.choose_fault(call)
        if fault == NO_FAULT:
            _send(writer, {"reply": call["id"], **self._effect(call)})
            return
        task = asyncio.create_task(self._suffer(call, fault, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _suffer(self, call: Json, fault: Fault, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(fault.seconds_before)
        if writer.transport.is_closing() and call["op"] == "edit":
            return  # an old look of a message must not replace a newer one
        if fault.cut_before:
            writer.transport.abort()
            return
        if fault.error:
            _send(writer, {"reply": call["id"], "error": fault.error, "after": fault.retry_after})
            return
        reply = {"reply": call["id"], **self._effect(call)}
        await asyncio.sleep(fault.seconds_after)
        if fault.cut_after:
            writer.transport.abort()
        else:
            _send(writer, reply)

    def _effect(self, call: Json) -> Json:
        if call["op"] == "create":
            return {"message_id": self._create(call)}
        message = self.messages.get(call["message_id"])
        if message is None or (message.deleted and call["op"] == "edit"):
            return {"error": "refused"}
        if call["op"] == "edit":
            message.versions.append(_version(call))
        else:
            message.deleted = True
        return {}

    def _create(self, call: Json) -> str:
        message_id = self._new_id("out")
        self.messages[message_id] = BotMessage(
            message_id, call["chat"], call["thread"], call["answers"], [_version(call)]
        )
        if self.echo:
            self.post(call["text"], chat=call["chat"], thread=call["thread"], author="the-bot", is_bot=True)
        self.hear(call)
        return message_id

    def _new_id(self, kind: str) -> str:
        self._number += 1
        return f"{kind}-{self._number}"


def _version(call: Json) -> Version:
    return Version(call["text"], call["final"], time.monotonic())


def _send(writer: asyncio.StreamWriter, line: Json) -> None:
    if not writer.transport.is_closing():
        writer.write(json.dumps(line).encode() + b"\n")
