"""A real `botcore run` with the tested adapter, to be killed."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from botcore.access.desk import AccessDesk
from botcore.store import Database, Store
from botcore.store.access_store import AccessStore
from botcore.testing.conformance.forked import Forked, fork_server
from botcore.testing.conformance.mortal import ADAPTER, DIES_AT, Moment
from botcore.testing.databases import make_database
from botcore.testing.platform import BotTable

HERE = "botcore.testing.conformance"
PRELOADED = ("alembic.command", "botcore.app", "botcore.cli.run", f"{HERE}.answering", f"{HERE}.mortal")
SECONDS = 60.0  # for anything: other work may share the machine


class BotProcess:
    """One data folder, and the processes that own it, one after the other."""

    def __init__(self, folder: Path, name: str, table: BotTable) -> None:
        """`name`: the adapter's."""
        self._folder = folder
        self._name = name
        self._table = table
        self._process: subprocess.Popen[bytes] | Forked | None = None

    async def start(self, *, dies_at: Moment = Moment.NEVER, answers: str = "streaming") -> None:
        """Start a process. `answers`: which plugin of the contract's, see `answering.py`."""
        if not self._data.exists():
            await self._let_everybody_in()
        self._launch(dies_at, answers)

    def _launch(self, dies_at: Moment, answers: str) -> None:
        configuration = self._folder / "botcore.toml"
        configuration.write_text(toml(self._tables(answers)))
        environment = self._environment(configuration, dies_at)
        with (self._folder / "output").open("ab") as output:
            start = _fork if sys.platform == "linux" else spawn
            self._process = start(environment, self._folder, output)

    async def kill(self) -> None:
        """End the process as the kernel would."""
        assert self._process
        self._process.kill()
        await asyncio.to_thread(self._process.wait, SECONDS)

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    async def until(self, condition: Callable[[], bool], what: str) -> None:
        """Wait while the bot works; fail, saying `what` did not happen, when it ends or it takes too long."""
        ends = time.monotonic() + SECONDS
        while not condition():
            assert self.is_running or condition(), f"The bot's process ended before {what}.\n{self.tells}"
            assert time.monotonic() < ends, f"Not within {SECONDS:.0f} s: {what}.\n{self.tells}"
            await asyncio.sleep(0.01)

    async def until_dead(self, what: str, *, or_until: Callable[[], bool] = lambda: False) -> bool:
        """Wait for the process to kill itself. False when something else has happened before that."""
        ends = time.monotonic() + SECONDS
        while self.is_running:
            if or_until():
                await asyncio.sleep(1.0)  # it may be about to
                return not self.is_running
            assert time.monotonic() < ends, f"Not within {SECONDS:.0f} s: {what}.\n{self.tells}"
            await asyncio.sleep(0.01)
        assert self._process
        assert (self._process.returncode or 0) < 0, f"The bot's process ended before {what}.\n{self.tells}"
        return True

    @property
    def tells(self) -> str:
        """What every process wrote to its terminal and, at its end, to its log."""
        return f"{self.output}\n{self.logs[-3000:]}"

    @property
    def output(self) -> str:
        file = self._folder / "output"
        return file.read_text(errors="replace") if file.exists() else ""

    @property
    def logs(self) -> str:
        return "".join(f.read_text(errors="replace") for f in sorted(self._data.glob("botcore.log*")))

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    async def _let_everybody_in(self) -> None:
        """Allow the whole tenant, as `botcore access` does."""
        self._data.mkdir(mode=0o700)
        place = self._data / "botcore.db"
        await asyncio.to_thread(make_database, place)
        store = Store(Database(place))
        try:
            desk = AccessDesk(AccessStore(store.database), retention_days=0)
            await desk.set_tenant(self._name, self._table.tenant, allowed=True)
        finally:
            await store.close()

    def _environment(self, configuration: Path, dies_at: Moment) -> dict[str, str]:
        """Return that of the test, which has the same packages, with the adapter's secrets."""
        prefix = f"BOTCORE_{self._name.upper().replace('-', '_')}__"
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith("BOTCORE_")},
            **{f"{prefix}{key.upper()}": secret for key, secret in self._table.secrets.items()},
            "PYTHONPATH": _sources(),
            "BOTCORE_CONFIG": str(configuration),
            ADAPTER: f"{self._name} {self._table.use}".strip(),
            DIES_AT: dies_at,
        }

    def _tables(self, answers: str) -> dict[str, Mapping[str, Any]]:
        return {
            "bot": {"data_folder": str(self._data), "answerer": answers, "grace_seconds": 0},
            "access.member": {"messages_per_hour": 0, "tokens_per_day": 0},
            "engine": {"use": f"{HERE}.answering:no_engine"},
            "log": {"level": "debug"},
            f"plugins.{answers}": {"use": f"{HERE}.answering:{answers}"},
            f"adapters.{self._name}": {**self._table.table, "use": f"{HERE}.mortal:Mortal"},
        }


def _fork(environment: Mapping[str, str], folder: Path, output: BinaryIO) -> Forked:
    """Start it by a fork of a process that has imported botcore, which takes a tenth of the time."""
    with Path(os.devnull).open() as nothing:
        streams = (nothing.fileno(), output.fileno(), output.fileno())
        server = fork_server(_sources(), *PRELOADED)
        return server.start("run", environment=environment, folder=folder, streams=streams)


def spawn(environment: Mapping[str, str], folder: Path, output: BinaryIO) -> subprocess.Popen[bytes]:
    """Start `botcore run` from nothing."""
    return subprocess.Popen(
        [sys.executable, "-c", "from botcore.cli import main; main()", "run"],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        cwd=folder,
    )


def _sources() -> str:
    """Return where this process finds its packages, the adapter's among them."""
    return os.pathsep.join(path for path in sys.path if path)


def toml(tables: Mapping[str, Mapping[str, Any]]) -> str:
    """Return a configuration file with these tables."""
    lines = []
    for name, values in tables.items():
        # A JSON string, number, boolean or list of those is one of TOML's too.
        lines += [f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in values.items()), ""]
    return "\n".join(lines)
