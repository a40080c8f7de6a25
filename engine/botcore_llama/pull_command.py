"""What `botcore model pull` does and shows."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from botcore.config import load_settings
from botcore.errors import DownloadError
from botcore_llama.catalog import look_up
from botcore_llama.hub import Hub, default_endpoint, default_token
from botcore_llama.memory import gigabytes
from botcore_llama.model_files import read_model_files
from botcore_llama.models_folder import make_models_folder
from botcore_llama.partial_folder import tidy_on_signals
from botcore_llama.pull import Watcher, pull
from botcore_llama.pull_checks import Pull
from botcore_llama.settings import LlamaSettings, read_settings

KEPT = (
    "Stopped. What has arrived is kept: the same command goes on with it, `botcore model remove` removes it."
)

WORTH_TELLING = 100_000  # bytes; less is there at once


def run_pull(name: str, quantization: str, *, for_another_machine: bool) -> None:
    """Bring a model into the models folder."""
    settings = load_settings()
    engine = read_settings(settings.engine.model_extra or {}) if settings.engine.use == "llama" else None
    wanted = look_up(name)
    order = Pull(wanted, settings.data_folder, quantization, for_another_machine)
    make_models_folder(settings.data_folder)
    started = time.monotonic()
    is_new = not order.target.exists()
    with tidy_on_signals(), shown() as watcher:
        try:
            folder = pull(order, open_hub(engine or LlamaSettings(), watcher), watcher)
        except (KeyboardInterrupt, SystemExit):
            watcher.say(KEPT)
            raise
    if is_new:
        size = gigabytes(read_model_files(folder).size)
        typer.echo(f"{wanted.name} is there ({size}, in {time.monotonic() - started:,.0f} s).")
    typer.echo(f"To use it: botcore model use {wanted.name}")


def open_hub(settings: LlamaSettings, watcher: Watcher) -> Hub:
    """Return the hub that the configuration or the hub's own variables name."""
    token = settings.hub_token.get_secret_value() if settings.hub_token else default_token()
    if token and not re.fullmatch(r"[!-~]+", token):
        raise DownloadError("The hub's token has characters that no token has. Look at HF_TOKEN.")
    return Hub(settings.hub_endpoint or default_endpoint(), token, tell=watcher.say)


class Bars:
    """A progress bar for each piece of work, on a terminal."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task: TaskID | None = None

    def say(self, line: str) -> None:
        self._progress.console.print(line, markup=False, highlight=False, soft_wrap=True)

    def begin(self, what: str, total: int) -> None:
        if self._task is not None:
            self._progress.remove_task(self._task)
        self._task = self._progress.add_task(what, total=total)

    def advance(self, size: int) -> None:
        if self._task is not None:
            self._progress.advance(self._task, size)


class Lines:
    """A line for each tenth of the work, where nobody sees a bar move."""

    def __init__(self) -> None:
        self._what = ""
        self._total = self._done = self._told = 0

    def say(self, line: str) -> None:
        typer.echo(line, err=True)

    def begin(self, what: str, total: int) -> None:
        self._what, self._total, self._done, self._told = what, total, 0, 0
        self.say(f"{what} ({gigabytes(total)})" if total >= WORTH_TELLING else what)

    def advance(self, size: int) -> None:
        self._done += size
        tenths = 10 * self._done // self._total if self._total else 10
        if tenths > self._told and self._total >= WORTH_TELLING:
            self._told = tenths
            self.say(f"{self._what}: {tenths * 10}%")


@contextmanager
def shown() -> Iterator[Watcher]:
    """Show how far a pull is: bars on a terminal, lines elsewhere."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield Lines()
        return
    columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(TextColumn("{task.description}"), *columns, console=console, transient=True) as progress:
        yield Bars(progress)
