"""Updates that are brought to a bot, until it takes them."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field

import aiohttp

from tests.fakes.telegram.updates import Update, UpdateQueue

HEADER = "X-Telegram-Bot-Api-Secret-Token"


@dataclass(slots=True, eq=False, repr=False)
class Webhook:
    """Brings the updates of each chat one after the other; what is not answered with 2xx comes again."""

    url: str
    secret: str
    updates: UpdateQueue
    max_connections: int = 40
    first_pause: float = 0.05  # seconds until an update is brought again, twice as long each time
    longest_pause: float = 1.0
    timeout: float = 60.0  # seconds
    last_error: str = ""
    last_error_at: int = 0
    attempts: list[tuple[int, int]] = field(default_factory=list)  # update and status; 0: no answer
    _lanes: dict[int, deque[Update]] = field(default_factory=dict)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _session: aiohttp.ClientSession | None = None
    _places: asyncio.Semaphore | None = None

    def begin(self) -> None:
        """Bring what waits and all that comes."""
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=self.timeout))
        self._places = asyncio.Semaphore(self.max_connections)
        self.updates.on_update = self._look
        self._look()

    async def end(self) -> None:
        self.updates.on_update = lambda: None
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session:
            await self._session.close()

    def _look(self) -> None:
        if self.updates.held:
            return
        waiting = {update.id for lane in self._lanes.values() for update in lane}
        fresh = [update for update in self.updates.pending if update.id not in waiting]
        for update in [*self.updates.take_again(), *fresh]:
            if update.chat not in self._lanes:
                self._lanes[update.chat] = deque()
                task = asyncio.create_task(self._bring_all(update.chat))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
            self._lanes[update.chat].append(update)

    async def _bring_all(self, chat: int) -> None:
        lane = self._lanes[chat]
        while lane:
            pause = self.first_pause
            while not await self._bring(lane[0]):
                await asyncio.sleep(pause)
                pause = min(2 * pause, self.longest_pause)
            self.updates.confirm(lane.popleft().id)
        del self._lanes[chat]

    async def _bring(self, update: Update) -> bool:
        assert self._session and self._places
        self.updates.deliveries[update.id] = self.updates.deliveries.get(update.id, 0) + 1
        headers = {HEADER: self.secret} if self.secret else {}
        status = 0
        try:
            async with (
                self._places,
                self._session.post(self.url, json=update.json(), headers=headers) as response,
            ):
                status = response.status
                reason = f"Wrong response from the webhook: {status} {response.reason}"
        except aiohttp.ClientConnectionError:
            reason = "Connection refused"
        except TimeoutError:
            reason = "Read timeout expired"
        self.attempts.append((update.id, status))
        if 200 <= status < 300:
            return True
        self.last_error, self.last_error_at = reason, int(self.updates.clock())
        return False
