"""One place whose past is being read: a chat from its newest message back, a thread from its beginning on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

import structlog

from botcore.adapter import FetchesHistory, HistoryPage
from botcore.domain import ConversationKey
from botcore.errors import Refused, RetryLater
from botcore.fronts import Fronts
from botcore.store import Scope, Store
from botcore.store.past import Reach
from botcore.transcript import spoken_date

log = structlog.get_logger(__name__)

LONGEST_PAUSE = 90.0  # between two pages that are fetched beside everything else
MOST_PAGES = 50  # at a stretch; a thousand messages take five to ten where nothing is slow
SLOWLY = (
    "I am given what was said here only a little at a time, so {} is missing. I go on reading: "
    "ask again in about {} {} for more."
)
IN_THREADS = ", and in threads,"
THREAD, THREADS = "what was replied in one thread", "what was replied in {} threads"


class Reading:
    """What is known of it by now, and where it goes on."""

    def __init__(
        self,
        store: Store,
        fronts: Fronts,
        scope: Scope,
        place: ConversationKey,
        last: int,
        *,
        is_command: Callable[[str], bool],
        default_days: int,
        with_threads: bool = False,
    ) -> None:
        """`last`: how many messages are wanted. `default_days`: that chats are remembered.

        `with_threads`: those below these messages are wanted too.
        """
        self.place = place
        self._last = last
        self._store = store
        self._fronts = fronts
        self.scope = scope
        self._is_command = is_command
        self._default_days = default_days
        self.with_threads = with_threads
        self._unread = 0  # threads that are to be read yet
        self._has_begun = False
        self._is_read = False  # as far as is wanted, without its threads
        self._cursor = ""
        self._reach: Reach | None = None  # what is known without a gap, up to where this began
        self._old: Reach | None = None  # what was known before; between the two something may be missing
        self._pause = 0.0  # that the platform has asked for last
        self._largest_page = 1
        self._news = asyncio.Event()  # set when reading on has to pause, or has ended
        self._is_over = False

    async def on(self, *, until: float) -> None:
        """Read until enough is known; raise `RetryLater` when that takes longer, and go on next time."""
        if not self._is_read:
            await self._read(until)
            self._is_read = True
        if self.with_threads:
            await self._read_threads(until)

    async def _read(self, until: float) -> None:
        if not self._has_begun:
            await self._begin()
        for _ in range(MOST_PAGES):
            page = await self._fetch(until)
            old = self._old if self._old and _meets(page, self._old) else None
            self._reach = self._reach_with(page, old)
            if old:
                self._old = None
            self._cursor = self._reach.cursor
            await self._keep(page)
            if not self._reach.has_more or await self._knows(self._last):
                return
        raise RetryLater(after=1.0)  # that is enough at a stretch

    async def slowly(self, pause: float | None) -> None:
        """Read on, however long that takes; give up when the platform refuses."""
        try:
            while pause is not None:
                if pause:
                    self._news.set()
                await asyncio.sleep(min(pause, LONGEST_PAUSE))
                pause = await self._try()
        except Exception as error:
            log.info("history_given_up", platform=self.place.platform, error=type(error).__name__)
        finally:
            self._is_over = True
            self._news.set()

    async def is_over(self, seconds: float) -> bool:
        """Wait, at most so long, until reading on has ended, or has to pause; tell whether it has ended."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._news.wait()
        return self._is_over

    async def status(self, last: int) -> str:
        """Return what is missing of the last so many messages, while it is read beside everything else."""
        if self.with_threads:
            self._unread = len(await self._store.unread_threads(self.scope, last=last))
        return "" if await self._knows(last) and not self._unread else self.missing(last)

    def missing(self, last: int) -> str:
        """Return what is not known yet, and when it may be."""
        pages = self._unread if self._is_read else last / self._largest_page
        minutes = max(1, round(pages * self._pause / 60))
        reach = self._reach
        if self._is_read and self._unread:
            what = THREAD if self._unread == 1 else THREADS.format(self._unread)
        elif reach is None:
            what = "what was said before I heard it"
        elif self.place.thread:
            what = f"what was said after {_spoken(reach.until)}"
        else:
            what = f"what was said before {_spoken(reach.since)}"
        if self.with_threads and not self._is_read:
            what += IN_THREADS
        return SLOWLY.format(what, minutes, "minute" if minutes == 1 else "minutes")

    async def _try(self) -> float | None:
        """Read on; return after what pause there is more to be had, None when nothing is left to be read."""
        try:
            await self.on(until=time.monotonic())
        except RetryLater as error:
            return error.after or LONGEST_PAUSE
        return None

    async def _begin(self) -> None:
        known = await self._store.find_reach(self.scope)
        if self.place.thread and known:  # nothing is missing between its beginning and there
            self._reach, self._cursor = known, known.cursor
        else:
            self._old = known
        self._has_begun = True

    async def _read_threads(self, until: float) -> None:
        """Read the threads below its last messages, the newest first; each is asked for by itself."""
        unread = await self._store.unread_threads(self.scope, last=self._last)
        self._unread = len(unread)
        for thread in unread:
            if time.monotonic() > until and self._unread < len(unread):
                raise RetryLater(after=0.0)  # somebody waits
            below = self._below(thread)
            try:
                await below.on(until=until)
            except RetryLater as error:
                self._pause = error.after or 0.0
                raise
            except Refused as error:  # as of one that was deleted: there is nothing to be had
                log.info("thread_refused", platform=self.place.platform, why=str(error))
                await self._store.close_thread(below.scope)
            self._unread -= 1

    def _below(self, thread: str) -> Reading:
        return Reading(
            self._store,
            self._fronts,
            replace(self.scope, thread=thread),
            replace(self.place, thread=thread),
            self._last,
            is_command=self._is_command,
            default_days=self._default_days,
        )

    async def _fetch(self, until: float) -> HistoryPage:
        while True:
            adapter = self._fronts.find(self.place)
            if not isinstance(adapter, FetchesHistory):
                raise RetryLater
            try:
                return await adapter.fetch_history(self.place, self._cursor)
            except RetryLater as error:
                self._pause = error.after or 0.0
                if error.after is None or time.monotonic() + error.after > until:
                    raise
                await asyncio.sleep(error.after)

    def _reach_with(self, page: HistoryPage, old: Reach | None) -> Reach:
        """Return what is known with one more page, and with what was known before where both meet."""
        known = [reach for reach in (self._reach, old) if reach]
        now = datetime.now(UTC)
        moments = [message.sent_at for message in page.messages]
        self._largest_page = max(self._largest_page, len(moments))
        further = old or page
        return Reach(
            since=min([*moments, *(reach.since for reach in known)], default=now),
            until=max([*moments, *(reach.until for reach in known)], default=now),
            cursor=further.cursor,
            has_more=further.has_more,
        )

    async def _keep(self, page: HistoryPage) -> None:
        assert self._reach
        await self._store.add_past(
            self.scope,
            self.place,
            page.messages,
            self._reach,
            is_command=self._is_command,
            default_days=self._default_days,
        )

    async def _knows(self, last: int) -> bool:
        """Tell whether the last so many messages are known; a thread is read to its end for that."""
        if self._reach is None or (self.place.thread and self._reach.has_more):
            return False
        count = await self._store.count_since(self.scope, self._reach.since, limit=last)
        return count >= last or not self._reach.has_more


def _meets(page: HistoryPage, old: Reach) -> bool:
    """Tell whether a page reaches down to what is known."""
    return not page.has_more or any(message.sent_at <= old.until for message in page.messages)


def _spoken(moment: datetime) -> str:
    moment = moment.astimezone(UTC)
    return f"{spoken_date(moment.date())} {moment:%H:%M} UTC"
