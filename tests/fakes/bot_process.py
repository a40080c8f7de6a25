"""`botcore run` as a process that is to be killed."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

import psycopg

from botcore.testing.conformance.process import spawn, toml
from tests.fakes.forked import Forked, fork_server

ROOT = Path(__file__).parents[2]
# The bot reads these sources, wherever it is installed from.
SOURCES = os.pathsep.join(str(ROOT / part) for part in (".", "adapters", "engine", "plugins"))
DATABASE = "BOTCORE_STORE__URL"  # of PostgreSQL; without it there is a SQLite file
PRELOADS = "LD_PRELOAD"
START_SECONDS = 90.0  # other work may share the machine
Tables = Mapping[str, Mapping[str, Any]]


class Meeting(Protocol):
    """What a bot's process needs to know of the platform that it reaches."""

    port: int
    bot_pid: int | None  # of the bot that is connected

    async def until(self, condition: Callable[[], bool], what: str, seconds: float = ...) -> None: ...


class BotProcess:
    """One data folder and the processes that own it, one after the other."""

    def __init__(
        self,
        folder: Path,
        platform: Meeting,
        *,
        settings: Tables | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """`settings`: tables of botcore.toml, laid over those of a bot that answers by the script."""
        self.folder = folder
        self.data = folder / "data"
        self.platform = platform
        self.settings = dict(settings or {})
        self.environment = dict(environment or {})
        self.sources = SOURCES
        self._process: subprocess.Popen[bytes] | Forked | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.is_running:
            await self.kill()

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def has_arrived(self) -> bool:
        """Whether the platform has heard of the process, and not of its end."""
        return self.platform.bot_pid == self.pid

    @property
    def resident_mebibytes(self) -> float:
        status = Path(f"/proc/{self.pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024

    @property
    def output(self) -> str:
        """What every process wrote to its terminal."""
        file = self.folder / "output"
        return file.read_text(errors="replace") if file.exists() else ""

    @property
    def logs(self) -> str:
        """Every line that was logged."""
        return "".join(f.read_text(errors="replace") for f in sorted(self.data.glob("botcore.log*")))

    async def start(self, environment: Mapping[str, str] | None = None) -> None:
        """Start a process and wait until it has reached the platform."""
        self.launch(environment)
        process = self._process
        assert process
        await self.platform.until(
            lambda: self.has_arrived or process.poll() is not None,
            f"a start of the bot:\n{self.output}",
            START_SECONDS,
        )
        assert process.poll() is None, self.output

    def launch(self, environment: Mapping[str, str] | None = None) -> None:
        """Start a process without waiting for anything."""
        assert not self.is_running
        self.folder.mkdir(parents=True, exist_ok=True)
        configuration = self.folder / "botcore.toml"
        configuration.write_text(toml(self._tables()))
        clean = {name: value for name, value in os.environ.items() if not name.startswith("BOTCORE_")}
        whole = {
            **clean,
            "PYTHONPATH": self.sources,
            "BOTCORE_CONFIG": str(configuration),
            **self.environment,
            **(environment or {}),
        }
        output = self.folder / "output"
        if self.sources == SOURCES and PRELOADS not in whole:
            self._process = _forked(whole, self.folder, output)
        else:
            # From nothing: with other sources, or with libraries that change the system's calls.
            with output.open("ab") as written:
                self._process = spawn(whole, self.folder, written)

    def signal(self, number: signal.Signals) -> None:
        """Send the process a signal."""
        os.kill(self.pid, number)

    async def kill(self) -> None:
        """End the process as the kernel would."""
        self.signal(signal.SIGKILL)
        await self.wait()

    async def wait(self, seconds: float = 60.0) -> int:
        """Wait for the process to end and return its exit code, negative after a signal."""
        process = self._process
        assert process
        await self.platform.until(
            lambda: process.poll() is not None, f"an end of process {process.pid}", seconds
        )
        # The platform may hear of the end a moment later.
        await self.platform.until(lambda: not self.has_arrived, "an end of the connection")
        assert process.returncode is not None
        return process.returncode

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Ask the database. Of SQLite's file it is a copy, so that what a kill left stays as it is."""
        if url := self.environment.get(DATABASE):
            with psycopg.connect(url.replace("+psycopg", "")) as server:
                return server.execute(query.encode()).fetchall()
        with tempfile.TemporaryDirectory() as folder:
            for file in self.data.glob("botcore.db*"):
                if not file.name.endswith("-shm"):
                    shutil.copy(file, folder)
            with closing(sqlite3.connect(Path(folder) / "botcore.db")) as connection:
                return connection.execute(query).fetchall()

    def adapter_tables(self) -> dict[str, dict[str, Any]]:
        """Return the tables of the adapter, before the settings are laid over them."""
        return {
            "adapters.loopback": {"use": "tests.fakes.adapter:LoopbackAdapter", "port": self.platform.port}
        }

    def _tables(self) -> dict[str, dict[str, Any]]:
        tables: dict[str, dict[str, Any]] = {
            "bot": {"data_folder": str(self.data), "answerer": "awkward", "grace_seconds": 20},
            "engine": {"use": "tests.fakes.engine:ScriptedEngine"},
            "log": {"level": "debug"},
            "plugins.awkward": {"use": "tests.fakes.plugin:plugin"},
            **self.adapter_tables(),
        }
        for name, values in self.settings.items():
            tables[name] = {**tables.get(name, {}), **values}
        return tables


def _forked(environment: Mapping[str, str], folder: Path, output: Path) -> Forked:
    """Start a process whose modules are imported already."""
    with output.open("ab") as written, open(os.devnull) as nothing:
        streams = [nothing.fileno(), written.fileno(), written.fileno()]
        return fork_server(SOURCES).start("run", environment=environment, folder=folder, streams=streams)
