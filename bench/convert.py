"""How fast a checkpoint is converted and in how much memory, beside CTranslate2's own converter.

    python bench/convert.py [--runs 3] [--cores 2] [--folder /tmp] [--large] [--json FILE]

A checkpoint in the shape of Llama 3.2 1B, with random weights, is converted to int8 by both, one after
the other, each as a command of its own: seconds on the clock and the most memory that it held. A
directory in the shape of a 70B, all holes, is only planned. With --large one in the shape of an 8B is
made shard by shard, converted, and asked something through the engine (26 GB of disk, and minutes).
CTranslate2's own needs `make reference`; without it only ours is measured.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.reference import environment
from botcore.engine import EngineSetup, ModelMessage, Options
from botcore_llama import LlamaEngine
from tests.engine.real_shapes import SHAPES, TOKENS, write_checkpoint

BOTCORE = Path(sys.executable).with_name("botcore")
MEBIBYTE = 1 << 20
SHARDS_OF_8B = 34
ANSWER_TOKENS = 16


@dataclass(frozen=True, slots=True)
class Run:
    """One command, from its start to its end."""

    seconds: float
    peak_mebibytes: float
    read_mebibytes: float  # from the disk; what was in the system's memory already does not count
    exit_code: int
    said: str


@dataclass(frozen=True, slots=True)
class Answered:
    """What a converted model did in the engine."""

    seconds_to_load: float
    seconds_to_answer: float
    tokens: int
    server_mebibytes: float


def measured(command: Sequence[str | Path]) -> Run:
    with tempfile.TemporaryFile() as output:
        started = time.perf_counter()
        process = subprocess.Popen(
            command, stdout=output, stderr=subprocess.STDOUT, env=environment.environment()
        )
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        said = output.read().decode(errors="replace")
    return Run(seconds, used.ru_maxrss / 1024, used.ru_inblock * 512 / MEBIBYTE, process.returncode, said)


def ours(source: Path, output: Path, *options: str) -> Run:
    return measured([BOTCORE, "model", "convert", source, "--output", output, *options])


def theirs(source: Path, output: Path) -> Run:
    return measured(environment.converter(source, output, "int8"))


def succeeded(run: Run) -> Run:
    if run.exit_code:
        sys.exit(f"The conversion failed ({run.exit_code}):\n{run.said}")
    return run


def made(folder: Path, shape: str, *, shards: int, sparse: bool = False) -> Path:
    """Make a checkpoint in a process of its own: a command's peak counts what its parent held before it."""
    context = multiprocessing.get_context("spawn")
    options = {"shards": shards, "sparse": sparse}
    process = context.Process(target=write_checkpoint, args=(folder, SHAPES[shape]), kwargs=options)
    process.start()
    process.join()
    if process.exitcode:
        sys.exit(f"{folder} could not be made.")
    return folder


def side_by_side(folder: Path, runs: int) -> dict[str, list[Run]]:
    """Convert a 1B by both, in turn."""
    source = made(folder / "1b", "1b", shards=4)
    found: dict[str, list[Run]] = {"ours": []}
    readable = None
    if environment.is_there():
        names = [f"token {number}" for number in range(TOKENS)]
        readable = environment.for_the_converter(source, folder / "1b-for-the-converter", names)
        found["theirs"] = []
    output = folder / "converted"
    for _ in range(runs):
        found["ours"].append(succeeded(ours(source, output)))
        shutil.rmtree(output)
        if readable:
            found["theirs"].append(succeeded(theirs(readable, output)))
            shutil.rmtree(output)
    return found


def planned(folder: Path) -> dict[str, Run]:
    """Plan the conversion of a 70B whose numbers are holes, for this machine and for another."""
    source = made(folder / "70b", "70b", shards=30, sparse=True)
    output = folder / "never-made"
    return {
        "for this machine": ours(source, output, "--dry-run"),
        "for another one": ours(source, output, "--dry-run", "--for-another-machine"),
        "as float32": ours(source, output, "--dry-run", "--for-another-machine", "--quantization", "float32"),
    }


async def converted_and_asked(folder: Path) -> tuple[Run, Answered]:
    """Convert an 8B and have it answer; its words mean nothing, as its weights are random."""
    source = made(folder / "8b", "8b", shards=SHARDS_OF_8B)
    run = succeeded(ours(source, folder / "8b-int8"))
    shutil.rmtree(source)
    started = time.perf_counter()
    setup = EngineSetup(folder, {"model": str(folder / "8b-int8"), "slots": 1})
    async with LlamaEngine(setup) as engine:
        await engine.ready()
        loaded = time.perf_counter()
        await engine.complete([ModelMessage.user("Are you there?")], Options(max_tokens=ANSWER_TOKENS))
        answered = time.perf_counter()
        memory = largest_child_mebibytes()
    return run, Answered(loaded - started, answered - loaded, ANSWER_TOKENS, memory)


def largest_child_mebibytes() -> float:
    """Return the most memory that a running child of this process, the model server, has held."""
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    statuses = (Path(f"/proc/{child}/status").read_text() for child in children)
    peaks = (
        line.split()[1] for status in statuses for line in status.splitlines() if line.startswith("VmHWM")
    )
    return max(int(kibibytes) for kibibytes in peaks) / 1024


def show_conversions(title: str, found: Mapping[str, Sequence[Run]]) -> None:
    table = Table("by", "seconds", "peak MiB", title=title)
    for whose, runs in found.items():
        table.add_row(
            whose,
            ", ".join(f"{run.seconds:.1f}" for run in runs),
            ", ".join(f"{run.peak_mebibytes:,.0f}" for run in runs),
        )
    Console().print(table)


def show_plans(found: Mapping[str, Run]) -> None:
    for what, run in found.items():
        figures = f"{run.seconds:.1f} s, {run.peak_mebibytes:,.0f} MiB, exit code {run.exit_code}"
        print(f"70B of holes, {what} ({figures}):\n{run.said.strip()}\n")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=3, help="of each converter")
    parser.add_argument("--cores", type=int, default=2, help="that they may use")
    parser.add_argument("--folder", type=Path, help="where there is room")
    parser.add_argument("--large", action="store_true", help="convert an 8B too, and ask it something")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    options = parser.parse_args()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: options.cores])
    found: dict[str, object] = {}
    with tempfile.TemporaryDirectory(prefix="botcore-convert-", dir=options.folder) as name:
        plans = planned(Path(name))
        show_plans(plans)
        conversions = side_by_side(Path(name), options.runs)
        show_conversions("A checkpoint of 1.2 thousand million numbers to int8", conversions)
        found |= {what: asdict(run) for what, run in plans.items()}
        found |= {whose: [asdict(run) for run in runs] for whose, runs in conversions.items()}
        if options.large:
            run, answered = asyncio.run(converted_and_asked(Path(name)))
            show_conversions("One of 8 thousand million", {"ours": [run]})
            print(answered)
            found |= {"8b": asdict(run), "8b answers": asdict(answered)}
    if "theirs" not in conversions:
        print(environment.MISSING)
    if options.json:
        options.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
