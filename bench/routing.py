"""How many messages a second the core brings from receipt to delivery, and what that costs.

    python bench/routing.py [--postgres [URL]] [--messages N] [--json FILE]
    python bench/routing.py --telegram [--messages N] [--runs N] [--json FILE]    see bench/on_telegram.py
    python bench/routing.py --slack [--messages N] [--runs N] [--json FILE]       see bench/on_slack.py

People write through the memory adapter and wait for each answer; the engine is scripted and takes no
time. Then a quarter as many are counted: a commit counts when its transaction has written; the database's
share is the part of the wall time in which at least one statement or commit was on its way. CPU is the
whole process's. `+2 ms` is a disk that takes so long to sync, and its runs are counted in full.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import statistics
import tempfile
import threading
import time
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import Engine, Pool, event
from sqlalchemy.util import await_only

from botcore import Engine as Model
from botcore import ModelMessage, Pieces, Plugin
from botcore.adapter import Capabilities, StreamMode
from botcore.bot import Bot
from botcore.config import BotSection
from botcore.domain import Author
from botcore.store import Database, Store
from botcore.store.migrate import upgrade
from botcore.store.place import Place, read_url
from botcore.testing import FakeEngine, MemoryAdapter

WRITES = ("INSERT", "UPDATE", "DELETE", "WITH")
ANSWER = "An old silent pond. A frog jumps in."
SLOW_COMMIT = 0.002  # seconds
plugin = Plugin("poet")


@plugin.answerer
async def answer(engine: Model) -> Pieces:
    """Recite."""
    async for piece in engine.stream([ModelMessage.user("Recite.")]):
        yield piece


@dataclass(frozen=True, slots=True)
class Result:
    """What one run came to."""

    database: str
    stream_mode: str
    conversations: int
    commit_delay_ms: float
    messages_per_second: float
    latency_p50_ms: float
    latency_p99_ms: float
    cpu_ms_per_message: float
    commits_per_message: float
    statements_per_message: float
    database_share: float


class Meter:
    """Counts what SQLAlchemy does, in every engine of this process."""

    def __init__(self, pause: Callable[[], object] | None) -> None:
        """`pause`: what a commit does beforehand."""
        self.commits = self.statements = 0
        self.busy_seconds = 0.0
        self._pause = pause
        self._lock = threading.Lock()  # several threads run statements
        self._active = 0
        self._since = 0.0

    @contextmanager
    def counting(self) -> Iterator[None]:
        handlers: list[tuple[Any, str, Any]] = [
            (Engine, "before_cursor_execute", self._before),
            (Engine, "after_cursor_execute", self._after),
            (Engine, "commit", self._commit),
            (Pool, "checkin", self._checkin),
        ]
        for handler in handlers:
            event.listen(*handler)
        try:
            yield
        finally:
            for handler in handlers:
                event.remove(*handler)

    def _before(self, connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        self.statements += not statement.startswith(("BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK", "PRAGMA"))
        connection.info["wrote"] = connection.info.get("wrote") or statement.startswith(WRITES)
        self._begin()

    def _after(self, *_: Any) -> None:
        self._end()

    def _commit(self, connection: Any) -> None:
        if connection.info.pop("wrote", False):
            self.commits += 1
            connection.info["commits"] = True
            self._begin()
            if self._pause:
                self._pause()

    def _checkin(self, connection: Any, record: Any) -> None:
        if record.info.pop("commits", False):
            self._end()

    def _begin(self) -> None:
        with self._lock:
            if not self._active:
                self._since = time.perf_counter()
            self._active += 1

    def _end(self) -> None:
        with self._lock:
            self._active -= 1
            if not self._active:
                self.busy_seconds += time.perf_counter() - self._since


@asynccontextmanager
async def running(place: Place, mode: StreamMode) -> AsyncIterator[MemoryAdapter]:
    upgrade(place)
    store = Store(Database(place))
    adapter = MemoryAdapter(capabilities=Capabilities(stream_mode=mode, edit_interval=0.0))
    bot = Bot(
        store=store,
        epoch=await store.take_over(),
        engine=FakeEngine(ANSWER),
        plugins=[plugin],
        adapters=[adapter],
        settings_of=lambda _: None,
        rules=BotSection(answerer=plugin.name),
    )
    task = asyncio.create_task(bot.run())
    try:
        yield adapter
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await store.close()


async def converse(adapter: MemoryAdapter, number: int, messages: int) -> list[float]:
    """Write in one conversation, each message when the one before it is answered; return the seconds."""
    seconds = []
    for turn in range(messages):
        begun = time.perf_counter()
        author = Author(f"user {number}", f"User {number}")
        question = await adapter.post(f"poem {turn}", chat=f"room {number}", author=author)
        assert await adapter.answer_to(question) == ANSWER
        seconds.append(time.perf_counter() - begun)
    return seconds


async def measure(
    place: Place, mode: StreamMode, conversations: int, messages: int, commit_delay: float
) -> Result:
    pause = partial(_sleep, place, commit_delay) if commit_delay else None
    each = max(1, messages // conversations)
    async with running(place, mode) as adapter:
        await converse_beside(adapter, conversations, 1)  # to warm up
        with delaying(pause):
            begun, cpu = time.perf_counter(), time.process_time()
            seconds = sorted(await converse_beside(adapter, conversations, each))
            wall, cpu = time.perf_counter() - begun, time.process_time() - cpu
        meter = Meter(pause)
        with meter.counting():  # apart, as counting takes time
            begun = time.perf_counter()
            counted = len(await converse_beside(adapter, conversations, max(1, each // 4)))
            counted_wall = time.perf_counter() - begun
    return Result(
        database="SQLite" if isinstance(place, Path) else "PostgreSQL",
        stream_mode=mode.value,
        conversations=conversations,
        commit_delay_ms=commit_delay * 1000,
        messages_per_second=round(len(seconds) / wall, 1),
        latency_p50_ms=round(statistics.median(seconds) * 1000, 2),
        latency_p99_ms=round(seconds[int(len(seconds) * 0.99)] * 1000, 2),
        cpu_ms_per_message=round(cpu / len(seconds) * 1000, 2),
        commits_per_message=round(meter.commits / counted, 2),
        statements_per_message=round(meter.statements / counted, 2),
        database_share=round(meter.busy_seconds / counted_wall, 3),
    )


async def converse_beside(adapter: MemoryAdapter, conversations: int, messages: int) -> list[float]:
    """Let all converse beside each other; return the seconds of every answer."""
    lists = await asyncio.gather(*(converse(adapter, n, messages) for n in range(conversations)))
    return [seconds for one in lists for seconds in one]


@contextmanager
def delaying(pause: Callable[[], object] | None) -> Iterator[None]:
    """Let each commit that wrote take longer, and count nothing."""
    if pause is None:
        yield
    else:
        with Meter(pause).counting():
            yield


def _sleep(place: Place, seconds: float) -> None:
    """Wait as a disk does that syncs: on SQLite the thread that writes, on PostgreSQL the connection."""
    if isinstance(place, Path):
        time.sleep(seconds)
    else:
        await_only(asyncio.sleep(seconds))


def print_table(results: list[Result]) -> None:
    print(
        f"{'database':<11}{'mode':<7}{'conversations':>13}{'commit':>8}{'messages/s':>12}"
        f"{'p50 ms':>9}{'p99 ms':>9}{'CPU ms':>8}{'commits':>9}{'SQL':>7}{'database':>10}"
    )
    for r in results:
        delay = f"+{r.commit_delay_ms:.0f} ms" if r.commit_delay_ms else "-"
        print(
            f"{r.database:<11}{r.stream_mode:<7}{r.conversations:>13}{delay:>8}{r.messages_per_second:>12.0f}"
            f"{r.latency_p50_ms:>9.1f}{r.latency_p99_ms:>9.1f}{r.cpu_ms_per_message:>8.2f}{r.commits_per_message:>9.2f}"
            f"{r.statements_per_message:>7.1f}{r.database_share:>10.0%}"
        )


def places(stack: ExitStack, postgres: str | None) -> Iterator[Place]:
    """Yield an empty database for each run."""
    number = 0
    if postgres is None:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="botcore-bench-", dir=".")))
        while True:
            yield folder / f"{(number := number + 1)}.db"
    import psycopg

    if not postgres:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from pgserver.postgres_server import get_server
        server = get_server(stack.enter_context(tempfile.TemporaryDirectory(prefix="botcore-pg-")))
        stack.callback(server.cleanup)
        postgres = server.get_uri()
    url = read_url(postgres)
    admin = url.set(drivername="postgresql").render_as_string(hide_password=False)
    while True:
        name = f"botcore_bench_{(number := number + 1)}"
        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name}".encode())
            connection.execute(f"CREATE DATABASE {name}".encode())
        yield url.set(database=name)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--postgres", nargs="?", const="", metavar="URL", help="without URL: one of its own")
    parser.add_argument("--messages", type=int, default=2000, help="in the runs with 200 conversations")
    parser.add_argument("--telegram", action="store_true", help="a whole bot beside a bare one, on Telegram")
    parser.add_argument("--slack", action="store_true", help="the same on Slack")
    parser.add_argument("--runs", type=int, default=3, help="with those two: of each bot, by turns")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    if options.telegram:
        from bench import on_telegram

        on_telegram.run(options.messages, options.runs, options.json)
        return
    if options.slack:
        from bench import on_slack

        on_slack.run(options.messages, options.runs, options.json)
        return
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    results = []
    with ExitStack() as stack:
        fresh = places(stack, options.postgres)
        for commit_delay in (0.0, SLOW_COMMIT):
            for mode in (StreamMode.FINAL, StreamMode.EDIT):
                for conversations in (1, 200):
                    messages = options.messages if conversations > 1 else options.messages // 10
                    run = measure(next(fresh), mode, conversations, messages, commit_delay)
                    results.append(asyncio.run(run))
    print_table(results)
    if options.json:
        options.json.write_text(json.dumps([asdict(result) for result in results], indent=2) + "\n")


if __name__ == "__main__":
    main()
