"""A folder in which an operator types commands, as real processes."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from tests.fakes.bot_process import SOURCES
from tests.fakes.forked import fork_server

ENGINE = "tests.botcore.owner.scripted_engine:ScriptedEngine"
PATIENCE = 90.0  # seconds


class OperatorsFolder:
    """Empty at first. The model answers by a script, unless another engine is named."""

    def __init__(
        self, folder: Path, *, engine: str = ENGINE, environment: Mapping[str, str] | None = None
    ) -> None:
        self.folder = folder
        clean = {name: value for name, value in os.environ.items() if not name.startswith("BOTCORE_")}
        self._environment = {
            **clean,
            "BOTCORE_BOT__DATA_FOLDER": str(folder / "data"),
            "BOTCORE_ENGINE__USE": engine,
            "PYTHONPATH": SOURCES,
            **(environment or {}),
        }

    async def run(self, *arguments: str, stdin: str = "") -> tuple[int, str]:
        """Run a command to its end; return its exit code and what it said."""
        run = partial(fork_server(SOURCES).run, *arguments, environment=self._environment)
        done = await asyncio.to_thread(run, folder=self.folder, stdin=stdin, timeout=PATIENCE)
        return done.returncode, done.stdout + done.stderr

    @asynccontextmanager
    async def up(self) -> AsyncIterator[None]:
        """Have `botcore run` at work; at the end it is killed."""
        server = fork_server(SOURCES)
        start = partial(server.start_piped, "run", environment=self._environment, folder=self.folder)
        bot = await asyncio.to_thread(start)
        try:
            yield
        finally:
            still_ran = bot.poll() is None
            bot.kill()
            said = bot.communicate()
            assert still_ran, said
