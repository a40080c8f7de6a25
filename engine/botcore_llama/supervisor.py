"""Keeps a model server running: starts it, watches it, replaces it when it dies or hangs."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Self

from botcore.engine import EngineState
from botcore.errors import EngineDown, EngineError
from botcore_llama.client import Health

# glibc maps and unmaps buffers over 32 MiB, with a page fault for every page, at every step. Kept
# instead they nearly double the speed of long prompts. It must stand before the process starts.
ALLOCATOR = {
    "MALLOC_MMAP_MAX_": "0",
    "MALLOC_TRIM_THRESHOLD_": str(32 * 2**30),
    "MALLOC_ARENA_MAX": "1",
}

LOOK_SECONDS = 1.0  # between looks at a server that works
FIRST_LOOK_SECONDS = 0.1  # and at one that comes up
START_SECONDS = 60.0  # until a new process must listen: it only imports, the model loads after that
END_SECONDS = 5.0  # to leave in good order
MOST_MISSED = 2  # looks in a row without an answer
FIRST_PAUSE, LONGEST_PAUSE = 0.25, 60.0  # before another start
STABLE_SECONDS = 30.0  # of being ready, after which a death is not one in a row
HOPELESS_DEATHS = 5  # in a row, after which callers are told instead of kept waiting
LONGEST_LOG = 2**20

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Condition:
    """How the server is, as far as its supervisor knows."""

    state: EngineState = EngineState.LOADING
    detail: str = "the model server is starting"
    failure: EngineError | None = None  # why it may never be ready


class Supervisor:
    """Runs one server process at a time."""

    def __init__(
        self, command: list[str], log: Path, look: Callable[[float], Awaitable[Health]], health_seconds: float
    ) -> None:
        """`look` asks the server how it is, within the seconds it is given."""
        self.condition = Condition()
        self.process_id: int | None = None  # of the server that runs
        self._command = command
        self._log = log
        self._look = look
        self._patience = health_seconds / MOST_MISSED
        self._changed = asyncio.Event()
        self._doubt = asyncio.Event()
        self._deaths = 0
        self._ready_since = float("inf")
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        if self.condition.failure is None:
            self._task = asyncio.create_task(self._supervise())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task:
            self._task.cancel()
            await asyncio.wait([self._task])

    def give_up(self, failure: EngineError) -> None:
        """Stay down for good: another start would fail like this one."""
        self._become(Condition(EngineState.DOWN, str(failure), failure))

    def doubt(self) -> None:
        """Look at the server at once: a request to it has just failed."""
        if self.condition.state is EngineState.READY:
            self._become(Condition(detail="the model server does not answer"))
            self._doubt.set()

    def check(self) -> None:
        """Raise what keeps the server from answering, if anything does."""
        condition = self.condition
        if condition.failure:
            raise type(condition.failure)(str(condition.failure))

    async def ready(self) -> None:
        while self.condition.state is not EngineState.READY:
            self.check()
            await self._changed.wait()

    def _become(self, condition: Condition) -> None:
        self.condition = condition
        self._changed.set()
        self._changed = asyncio.Event()

    async def _supervise(self) -> None:
        while True:
            self._ready_since = float("inf")
            try:
                async with self._process() as process:
                    reason = await self._watch(process)
            except OSError as error:
                reason = f"the model server can't be started ({error})"
            if reason is None:
                return
            pause = self._count_death(reason)
            logger.warning("%s; starting it again in %s s", reason, pause)
            await asyncio.sleep(pause)

    def _count_death(self, reason: str) -> float:
        """Note that the server ended, and return how long to wait before another start."""
        stable = _now() - self._ready_since > STABLE_SECONDS
        self._deaths = 1 if stable else self._deaths + 1
        if self._deaths < HOPELESS_DEATHS:
            self._become(Condition(detail=f"{reason}; it is being started again"))
        else:
            self.give_up(EngineDown(f"{reason}, {self._deaths} times in a row; see {self._log}"))
        return float(min(FIRST_PAUSE * 2 ** (self._deaths - 1), LONGEST_PAUSE))

    @asynccontextmanager
    async def _process(self) -> AsyncIterator[asyncio.subprocess.Process]:
        """Start a server, and see that it is gone afterwards."""
        theirs, ours = os.pipe()
        try:
            process = await self._start(theirs)
        except BaseException:
            os.close(ours)
            raise
        finally:
            os.close(theirs)
        self.process_id = process.pid
        try:
            yield process
        finally:
            self.process_id = None
            os.close(ours)
            await end(process)

    async def _start(self, lifeline: int) -> asyncio.subprocess.Process:
        with open_log(self._log) as log:
            return await asyncio.create_subprocess_exec(
                *self._command,
                stdin=lifeline,  # the kernel closes its other end however this process ends
                stdout=log,
                stderr=log,
                env=os.environ | ALLOCATOR,
                start_new_session=True,  # Ctrl-C in the terminal is not meant for it
            )

    async def _watch(self, process: asyncio.subprocess.Process) -> str | None:
        """Return why the server must be replaced; None when another would fail like it."""
        exited = asyncio.create_task(process.wait())
        try:
            return await self._follow(process, exited)
        finally:
            exited.cancel()

    async def _follow(self, process: asyncio.subprocess.Process, exited: asyncio.Task[int]) -> str | None:
        missed, listens_by = 0, _now() + START_SECONDS
        while not exited.done():
            health = await self._ask()
            if health is None:
                missed += 1
            elif health.failure:
                self.give_up(health.failure)
                return None
            else:
                missed, listens_by = 0, 0.0
                self._note(health)
            if missed >= MOST_MISSED and _now() > listens_by:
                process.kill()
                return "the model server does not answer any more"
            await self._rest(exited)
        return f"the model server ended ({_how(exited.result())})"

    async def _ask(self) -> Health | None:
        try:
            return await self._look(self._patience)
        except EngineError:
            return None

    def _note(self, health: Health) -> None:
        ready = health.state is EngineState.READY
        condition = Condition(health.state, "" if ready else "the model is being loaded")
        if condition != self.condition:
            self._ready_since = _now() if ready else self._ready_since
            self._become(condition)

    async def _rest(self, exited: asyncio.Task[int]) -> None:
        """Wait until it is time for another look, or there is a reason for one."""
        ready = self.condition.state is EngineState.READY
        doubt = asyncio.create_task(self._doubt.wait())
        await asyncio.wait(
            [exited, doubt],
            timeout=LOOK_SECONDS if ready else FIRST_LOOK_SECONDS,
            return_when=asyncio.FIRST_COMPLETED,
        )
        doubt.cancel()
        self._doubt.clear()


async def end(process: asyncio.subprocess.Process) -> None:
    """Wait for a server, whose lifeline is cut; kill it when it does not leave, or nobody may wait."""
    leaving = asyncio.create_task(process.wait())
    try:
        await asyncio.wait([leaving], timeout=END_SECONDS)
    finally:
        if not leaving.done():
            with suppress(ProcessLookupError):
                process.kill()
            await leaving


def _how(code: int) -> str:
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def _now() -> float:
    return asyncio.get_running_loop().time()


def open_log(path: Path) -> BinaryIO:
    """Open what the server writes to its terminal, for this user only; a long one begins anew."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    if os.fstat(descriptor).st_size > LONGEST_LOG:
        os.ftruncate(descriptor, 0)
    return os.fdopen(descriptor, "ab")


def server_command(socket: Path, settings: str, speeds: Path) -> list[str]:
    command = [sys.executable, "-m", "botcore_llama.server", "--socket", str(socket)]
    return [*command, "--settings", settings, "--speeds", str(speeds)]
