"""What is on its way to an app, by sockets or by HTTP, until the app takes it."""

from __future__ import annotations

import asyncio
import copy
import uuid
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.slack.http_delivery import post_signed
from tests.fakes.slack.sockets import Cut, Sockets

Json = dict[str, Any]
EVENTS, COMMANDS, INTERACTIVE = "events_api", "slash_commands", "interactive"
REAL_PAUSES = (0.0, 60.0, 300.0)  # seconds before each of the three repetitions
QUICK_PAUSES = (0.0, 1.0, 5.0)


@dataclass(slots=True, eq=False)
class Delivery:
    """One event, command, press or submission."""

    kind: str
    payload: Json
    accepts_answer: bool = False
    tries: int = 0  # that reached an app
    reason: str = ""  # why the last try failed: "timeout", "http_error", ...
    answer: Any = None  # what the app sent back with its acknowledgement
    acked: bool = False
    given_up: bool = False  # nobody took it; of a command or press, the person sees an error
    done: asyncio.Event = field(default_factory=asyncio.Event, repr=False)

    async def taken(self, seconds: float = 30.0) -> Any:
        """Wait until the app has acknowledged it, and return its answer."""
        async with asyncio.timeout(seconds):
            await self.done.wait()
        assert self.acked, f"nobody took it: {self.reason}"
        return self.answer


@dataclass(slots=True, eq=False, repr=False)
class Deliveries:
    """Brings everything once, and events again when they were not acknowledged in time.

    When there is no socket, an event waits for one, as it would for Slack's repetitions, which come minutes
    apart; for the same reason a try that was cut with its socket is not counted.
    """

    clock: Callable[[], float]
    signing_secret: str
    sockets: Sockets
    urls: dict[str, str] = field(default_factory=dict)  # by kind; without one, sockets
    ack_seconds: float = 3.0
    pauses: tuple[float, ...] = QUICK_PAUSES
    all: list[Delivery] = field(default_factory=list)
    held: bool = False
    in_order: bool = False  # of each channel: what Slack does mostly, and promises nowhere
    lose_originals: bool = False  # of an event only the repetition arrives
    attempts: list[tuple[str, int]] = field(default_factory=list)  # over HTTP: event id and status
    on_answer: Callable[[Delivery], object] = lambda delivery: None
    _waiting: list[Delivery] = field(default_factory=list)
    _lanes: dict[str, asyncio.Lock] = field(default_factory=dict)  # by channel
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def pending(self) -> list[Delivery]:
        """What nobody has acknowledged yet, and will be brought again."""
        return [one for one in self.all if not one.acked and not one.given_up]

    def add(self, kind: str, payload: Json, *, accepts_answer: bool = False) -> Delivery:
        delivery = Delivery(kind, payload, accepts_answer)
        self.all.append(delivery)
        self._begin(delivery)
        return delivery

    def again(self, delivery: Delivery, *, new_event_id: bool = False) -> Delivery:
        """Bring something another time, as if for the first; Slack does that too."""
        payload = copy.deepcopy(delivery.payload)
        if new_event_id:
            payload["event_id"] = f"Ev{uuid.uuid4().hex[:10].upper()}"
        return self.add(delivery.kind, payload, accepts_answer=delivery.accepts_answer)

    def hold(self) -> None:
        """Bring nothing until `release`."""
        self.held = True

    def swap(self) -> None:
        """Bring the last two that are held in the other order."""
        self._waiting[-2:] = self._waiting[-2:][::-1]

    def reverse(self) -> None:
        self._waiting.reverse()

    def release(self) -> None:
        self.held = False
        waiting, self._waiting = self._waiting, []
        for delivery in waiting:
            self._begin(delivery)

    def forget(self) -> None:
        """Bring nothing of what has happened so far."""
        for task in self._tasks:
            task.cancel()
        self.all.clear()
        self._waiting.clear()

    async def end(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.sockets.end()

    def _begin(self, delivery: Delivery) -> None:
        if self.held:
            self._waiting.append(delivery)
            return
        task = asyncio.get_running_loop().create_task(self._bring_in_turn(delivery))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _bring_in_turn(self, delivery: Delivery) -> None:
        channel = delivery.payload.get("event", {}).get("channel")
        in_lane = self.in_order and isinstance(channel, str)
        async with self._lanes.setdefault(channel, asyncio.Lock()) if in_lane else nullcontext():
            await self._bring(delivery)

    async def _bring(self, delivery: Delivery) -> None:
        again = iter(self.pauses if delivery.kind == EVENTS else ())
        if self.lose_originals and delivery.kind == EVENTS:
            delivery.tries, delivery.reason = 1, "timeout"
        while not await self._try(delivery):
            pause = next(again, None)
            if pause is None:
                delivery.given_up = True
                delivery.done.set()
                return
            await asyncio.sleep(pause)
        delivery.acked = True
        self.on_answer(delivery)
        delivery.done.set()

    async def _try(self, delivery: Delivery) -> bool:
        """Bring it once; return whether it was acknowledged."""
        if url := self.urls.get(delivery.kind):
            return await self._post(url, delivery)
        if delivery.kind != EVENTS and not self.sockets.open:
            delivery.reason = "dispatch_failed"
            return False
        return await self._send(delivery)

    async def _post(self, url: str, delivery: Delivery) -> bool:
        number, delivery.tries = delivery.tries, delivery.tries + 1
        posted = await post_signed(
            url,
            delivery.kind,
            delivery.payload,
            self.signing_secret,
            int(self.clock()),
            seconds=self.ack_seconds,
            retry=(number, delivery.reason) if number else None,
        )
        self.attempts.append((str(delivery.payload.get("event_id", "")), posted.status))
        delivery.reason, delivery.answer = posted.reason, posted.answer
        return not posted.reason

    async def _send(self, delivery: Delivery) -> bool:
        while True:
            socket = await self.sockets.next()
            envelope = {
                "envelope_id": str(uuid.uuid4()),
                "payload": delivery.payload,
                "type": delivery.kind,
                "accepts_response_payload": delivery.accepts_answer,
            }
            if delivery.kind == EVENTS:
                envelope |= {"retry_attempt": delivery.tries, "retry_reason": delivery.reason}
            try:
                delivery.answer = await socket.send(envelope, self.ack_seconds)
            except Cut:
                if delivery.kind == EVENTS:
                    await asyncio.sleep(0)  # the socket learns of its end only then
                    continue
                delivery.reason = "operation_timeout"
                return False
            except TimeoutError:
                delivery.tries += 1
                delivery.reason = "timeout" if delivery.kind == EVENTS else "operation_timeout"
                return False
            return True
