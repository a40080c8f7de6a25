"""What `botcore model convert` does and shows."""

from __future__ import annotations

import shlex
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from botcore.config import load_settings
from botcore.errors import InputError
from botcore_llama.convert import convert, plan, refuse_unfit, words_of
from botcore_llama.memory import gigabytes, memory_of_machine
from botcore_llama.model_writer import Progress as OnProgress
from botcore_llama.models_folder import make_models_folder, model_folder, models_folder
from botcore_llama.partial_folder import tidy_on_signals
from botcore_llama.planning import Plan
from botcore_llama.settings import CONTEXT_TOKENS, LlamaSettings, read_settings

LEAST_CONTEXT = 512  # tokens; with fewer there is no conversation


def run_convert(
    source: Path,
    output: Path | None,
    quantization: str,
    adapter: Path | None,
    *,
    for_another_machine: bool,
    dry_run: bool,
) -> None:
    """Convert a checkpoint, or with `dry_run` only say what that would give."""
    settings = load_settings()
    output = output or kept_output(settings.data_folder, model_name(source, quantization, adapter))
    is_kept = output.parent == models_folder(settings.data_folder)
    engine = read_settings((settings.engine.model_extra or {}) if settings.engine.use == "llama" else {})
    if dry_run:
        planned = plan(source, quantization, adapter=adapter)
        words_of(source, planned.config, output)
        refuse_unfit(planned, output, for_another_machine=for_another_machine)
        tell(planned, engine)
        typer.echo(f"It would be written to {output}. Nothing was.")
        return
    if is_kept:
        make_models_folder(settings.data_folder)
    started = time.monotonic()
    with tidy_on_signals(), shown_progress(f"Converting {source.name}") as progress:
        convert(
            source,
            output,
            quantization,
            adapter=adapter,
            for_another_machine=for_another_machine,
            tell=lambda planned: tell(planned, engine),
            progress=progress,
        )
    size = (output / "model.bin").stat().st_size
    typer.echo(f"Wrote {output} ({gigabytes(size)}) in {time.monotonic() - started:,.0f} s.")
    called = output.name if is_kept else str(output.resolve())
    typer.echo(f"To answer with it: botcore model use {shlex.quote(called)}")


def kept_output(data_folder: Path, name: str) -> Path:
    """Return where a model of that name is kept."""
    try:
        return model_folder(data_folder, name)
    except InputError as error:
        raise InputError(f"{error} Or say with --output where the model shall go.") from error


def model_name(source: Path, quantization: str, adapter: Path | None) -> str:
    """Return what a converted model is called when nobody says: as its checkpoint, and as what was done."""
    parts = [source.resolve().name]
    parts += [adapter.resolve().name] if adapter else []
    parts += [quantization] if quantization != "int8" else []
    return "-".join(parts)


def tell(planned: Plan, engine: LlamaSettings) -> None:
    for line in described(planned, engine, memory_of_machine()):
        typer.echo(line, err=True)


def described(planned: Plan, engine: LlamaSettings, memory: int) -> Iterator[str]:
    """Yield what a conversion gives, and what running it takes as it is configured."""
    context = engine.context_tokens or min(CONTEXT_TOKENS, planned.config.max_position_embeddings)
    answer = context * planned.bytes_per_token
    yield (
        f"{planned.parameters / 1e6:,.1f} million parameters, as {planned.quantization.name} "
        f"{gigabytes(planned.size)}."
    )
    yield (
        f"To run it takes that in memory, and up to {gigabytes(answer)} for each answer at "
        f"{context:,} tokens of context. This machine has {gigabytes(memory)}."
    )
    most = (memory - planned.size) // planned.bytes_per_token // engine.slot_count
    if LEAST_CONTEXT <= most < context:
        slots = engine.slot_count
        shared, or_fewer = (
            ("", "") if slots == 1 else (f" for {slots} answers at once", ", or engine.slots to 1")
        )
        yield (
            f"That is more than there is{shared}: set engine.context_tokens to {most:,} or less{or_fewer}."
        )
    if most < LEAST_CONTEXT:
        yield "This machine can't run it: it needs one with more memory."


@contextmanager
def shown_progress(title: str) -> Iterator[OnProgress | None]:
    """Show how far the conversion is, on a terminal; elsewhere nobody would read it."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield None
        return
    columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(TextColumn(title), *columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
