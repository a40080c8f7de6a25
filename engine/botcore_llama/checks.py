"""What `botcore doctor` asks of this engine: the model's files, the memory and the processor."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

from botcore.checks import Finding, ok, problem, warning
from botcore.config import Settings
from botcore.control.client import owner_status
from botcore.engine import EngineState
from botcore_llama.loadable import refuse_unloadable_here
from botcore_llama.model_files import read_model_files
from botcore_llama.settings import limits_of, located, physical_cores, read_settings

CPU_INFO = Path("/proc/cpuinfo")
MEMORY_INFO = Path("/proc/meminfo")
FAST = ("amx_int8", "avx512_vnni", "avx512f", "avx_vnni", "avx2", "asimddp", "asimd")  # the fastest first
SPARE = 500_000_000  # bytes beside the weights: the cache of keys and values, the bot itself


def check_model(settings: Settings) -> Iterator[Finding]:
    """Look at the configured model as a start would, without loading it."""
    if settings.engine.use != "llama":
        return
    llama = located(read_settings(settings.engine.model_extra or {}), settings.data_folder)
    files = read_model_files(llama.model)
    limits_of(llama, files)
    refuse_unloadable_here(files, llama.compute_type)
    yield ok("model", f"{files.name}: {files.parameters / 1e6:,.1f} million parameters, {files.weights_type}")
    if files.lacks_scaling:
        text = f"{files.name} was made without the scaling of positions that Llama 3.1 and later have"
        yield warning("model", text, "Convert it again, from its safetensors.")
    if not _is_loaded(settings.data_folder):
        yield from _memory(files.size)
    yield _processor(llama.thread_count)


def _is_loaded(data_folder: Path) -> bool:
    """Tell whether a bot that runs has the model in memory already."""
    status = asyncio.run(owner_status(data_folder)) if data_folder.exists() else None
    return status is not None and status.engine.state is EngineState.READY


def _memory(size: int, info: Path = MEMORY_INFO) -> Iterator[Finding]:
    free = available_memory(info)
    if free is None:
        return
    text = f"{free / 1e9:,.1f} GB free, the model takes {size / 1e9:,.2f} GB"
    if free < size:
        yield problem("memory", text, "Free memory, or take a smaller model.")
    elif free < size + SPARE:
        yield warning("memory", text, "Long conversations need more; a smaller context_tokens needs less.")
    else:
        yield ok("memory", text)


def _processor(threads: int, info: Path = CPU_INFO) -> Finding:
    features = processor_features(info)
    best = next((feature for feature in FAST if feature in features), None)
    cores = f"{physical_cores()} cores, {threads} threads for the model"
    if features and best is None:
        return warning("processor", f"{cores}, without AVX2", "Answers will be slow on this processor.")
    return ok("processor", f"{cores}, {best or 'features unknown'}")


def available_memory(info: Path = MEMORY_INFO) -> int | None:
    """Return how many bytes a new process can have, None where the system does not tell."""
    try:
        lines = info.read_text().splitlines()
    except OSError:
        return None
    kilobytes = next((line.split()[1] for line in lines if line.startswith("MemAvailable:")), None)
    return int(kilobytes) * 1024 if kilobytes else None


def processor_features(info: Path = CPU_INFO) -> set[str]:
    """Return what the processor can do, in the kernel's words; empty where it does not tell."""
    try:
        lines = info.read_text().splitlines()
    except OSError:
        return set()
    flags = next((line for line in lines if line.startswith(("flags", "Features"))), "")
    return set(flags.partition(":")[2].split())
