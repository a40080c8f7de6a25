"""What `botcore model info` says about a model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import typer

from botcore.cli.run import run_async
from botcore.cli.show import ESCAPES, print_json
from botcore.config import load_settings
from botcore.control.client import owner_status
from botcore.control.wire import StatusReport
from botcore_llama.keeping import find_kept, not_here
from botcore_llama.memory import gigabytes, kv_bytes_per_token, memory_of_machine
from botcore_llama.model_files import ModelFiles, read_model_files
from botcore_llama.settings import CONTEXT_TOKENS, LlamaSettings, located, read_settings
from botcore_llama.speeds import Speed, read_speed, speed_file

# What a model's metadata says, that is said in other words already.
SAID = (
    "name",
    "license",
    "licence",
    "source",
    "revision",
    "pulled",
    "converted",
    "converted_from",
    "description",
    "context_tokens",
    "parameters",
)


def run_info(name: str | None, *, as_json: bool) -> None:
    settings = load_settings()
    table = settings.engine.model_extra or {} if settings.engine.use == "llama" else {}
    engine = located(read_settings(table), settings.data_folder)
    files = read_model_files(engine.model if name is None else folder_of(name, settings.data_folder))
    report = run_async(owner_status(settings.data_folder)) if settings.data_folder.exists() else None
    speed = read_speed(speed_file(settings.data_folder), files.folder)
    if as_json:
        print_json(facts(files, engine, speed))
        return
    for label, value in described(files, engine, speed, report):
        typer.echo(f"{label:<18}{value.translate(ESCAPES)}")


def folder_of(name: str, data_folder: Path) -> Path:
    """Return the folder of a kept model, or of any other."""
    folder = find_kept(name, data_folder)
    if folder is None:
        folder = Path(name).expanduser()
        if not folder.exists():
            raise not_here(name)
    return folder


def facts(files: ModelFiles, engine: LlamaSettings, speed: Speed | None) -> dict[str, Any]:
    """Return what a program may want to know."""
    per_token = kv_bytes_per_token(files.layers, files.heads, files.head_size)
    context = used_context(files, engine)
    return {
        "name": files.name,
        "folder": str(files.folder),
        "family": files.family.value,
        "parameters": files.parameters,
        "quantization": files.weights_type,
        "bytes": files.size,
        "layers": files.layers,
        "hidden_size": files.hidden_size,
        "heads": files.heads,
        "key_heads": files.key_heads,
        "vocabulary": files.vocabulary_size,
        "context_tokens": files.context_tokens,
        "bytes_per_token": per_token,
        "memory_as_configured": files.size + per_token * context * engine.slot_count,
        "memory_at_full_context": files.size + per_token * files.context_tokens * engine.slot_count,
        "license": licence_of(files.metadata),
        "source": files.metadata.get("source", ""),
        "tokens_read_per_second": round(speed.reads, 1) if speed else None,
        "tokens_written_per_second": round(speed.writes, 1) if speed else None,
    }


def licence_of(metadata: Mapping[str, Any]) -> str:
    return str(metadata.get("license") or metadata.get("licence") or "")


def used_context(files: ModelFiles, engine: LlamaSettings) -> int:
    return min(engine.context_tokens or CONTEXT_TOKENS, files.context_tokens)


def described(
    files: ModelFiles, engine: LlamaSettings, speed: Speed | None, report: StatusReport | None
) -> Iterator[tuple[str, str]]:
    """Yield what a person wants to know, with a word for each line."""
    metadata = files.metadata
    yield "model", files.name
    yield "folder", str(files.folder)
    if about := metadata.get("description"):
        yield "description", str(about)
    yield "family", f"Llama {files.family.value}"
    yield "parameters", f"{files.parameters / 1e6:,.1f} million, as {files.weights_type}"
    yield "size", megabytes(files.size)
    yield (
        "layers",
        (
            f"{files.layers} of {files.hidden_size:,} wide, {files.heads} heads of {files.head_size} "
            f"({files.key_heads} for keys and values)"
        ),
    )
    yield "vocabulary", f"{files.vocabulary_size:,} tokens"
    context = used_context(files, engine)
    used = "" if context == files.context_tokens else f", of which {context:,} are used as configured"
    yield "context", f"{files.context_tokens:,} tokens{used}"
    if files.lacks_scaling:
        yield "", "without the scaling of positions that Llama 3.1 and later have: convert it again"
    yield from _memory(files, engine)
    yield "licence", licence_of(metadata) or "its makers don't say"
    yield from _origin(metadata)
    yield "speed here", _speed(speed)
    yield "loaded", _loaded(files, report)
    for key, value in metadata.items():
        if key not in SAID and isinstance(value, str | int | float):
            yield key.replace("_", " "), str(value)


def _memory(files: ModelFiles, engine: LlamaSettings) -> Iterator[tuple[str, str]]:
    """Yield what running it takes: the weights, and keys and values of each token of each answer."""
    per_token = kv_bytes_per_token(files.layers, files.heads, files.head_size)
    weights, slots = files.size, engine.slot_count
    answers = "an answer" if slots == 1 else f"{slots} answers at once"
    yield "memory", f"{gigabytes(weights)} for the weights, {per_token:,} bytes for each token of an answer"
    for label, context in (
        ("as configured", used_context(files, engine)),
        ("at full context", files.context_tokens),
    ):
        most = weights + per_token * context * slots
        beyond = " (more than this machine has)" if most > memory_of_machine() else ""
        yield f"  {label}", f"up to {gigabytes(most)}: {answers} of {context:,} tokens{beyond}"


def _origin(metadata: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if source := metadata.get("source") or metadata.get("converted_from"):
        commit = f", commit {str(metadata['revision'])[:12]}" if metadata.get("revision") else ""
        day = f", pulled on {metadata['pulled']}" if metadata.get("pulled") else ""
        yield "source", f"{source}{commit}{day}"


def _speed(speed: Speed | None) -> str:
    if not speed or not speed.answers:
        return "not known: it has answered nobody on this machine yet"
    answers = "1 answer" if speed.answers == 1 else f"{speed.answers:,} answers"
    return (
        f"writes {speed.writes:,.1f} tokens a second, reads {speed.reads:,.0f} ({answers}, the latest on "
        f"{speed.latest}; {speed.setup})"
    )


def _loaded(files: ModelFiles, report: StatusReport | None) -> str:
    """Say which process has the model loaded, if one has."""
    if report is None:
        return "no, as no bot runs"
    engine = report.engine
    if Path(engine.place) != files.folder.resolve():
        return f"no; the bot that runs (process {report.pid}) has {engine.model}"
    memory = f", {gigabytes(engine.memory)} of memory now" if engine.memory else ""
    state = f"{engine.state}, {engine.running} answering, {engine.waiting} waiting"
    return f"by process {report.pid}: {state}{memory}"


def megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"
