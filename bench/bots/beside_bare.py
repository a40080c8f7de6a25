"""How a whole bot of ours does on a platform beside a bare one of its library's, without a database."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

HERE = Path.cwd()  # on a disk: what a bot keeps in memory costs it nothing to sync
WARM_UP = 64  # messages
# Each person is in a chat of their own, and we keep to a message a second there, after two at once.
MESSAGES_OF_ONE = 2
SECONDS_FOR_ALL = 300.0
PACE = 1.0  # seconds between two messages that the platform takes in a chat
STREAMED_WORDS, SECONDS_A_WORD = 50, 0.1
STREAMS = 8


class Comparison(Protocol):
    """What a platform brings."""

    platform: str
    concurrency: int  # connections of either bot, and people who write at once

    async def rate(self, messages: int, *, ours: bool) -> float:
        """Return how many messages a second one bot answers."""
        ...

    async def final_edits(self) -> tuple[list[float], int]:
        """Return how long our final edits took after the last word, and how many calls were refused."""
        ...


@dataclass(frozen=True, slots=True)
class Result:
    """What all runs came to."""

    messages: int
    concurrency: int
    ours_per_second: list[float]  # by run
    bare_per_second: list[float]
    ratios: list[float]  # ours to the bare one's, of the two runs beside each other
    ratio: float  # the median of those
    final_edit_p50_seconds: float  # from the last word to the final edit
    final_edit_max_seconds: float
    pacing_seconds: float
    refused: int  # calls of ours that the platform answered with 429, while streaming


def our_settings(adapter: str, stream: str) -> dict[str, dict[str, object]]:
    """Return the tables of a bot of ours that echoes."""
    return {
        "bot": {"answerer": "echo", "max_waiting": 1_000_000},
        "log": {"level": "warning"},
        "plugins.echo": {"use": "bench.bots.echo_plugin:plugin"},
        f"adapters.{adapter}": {"stream": stream},
    }


@asynccontextmanager
async def bare_process(program: Path, *arguments: str, **environment: str) -> AsyncIterator[None]:
    """Run a bare bot."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(program), *arguments, env={**os.environ, **environment}
    )
    try:
        yield
    finally:
        process.kill()
        await process.wait()


def ready_at(text: str) -> float | None:
    """Return when the last word of a streamed answer was ready: it says so itself."""
    words = text.split()
    return float(words[-1]) if len(words) == STREAMED_WORDS + 1 else None


async def compare(comparison: Comparison, messages: int, runs: int) -> Result:
    ours, bare = [], []
    for _ in range(runs):
        ours.append(await comparison.rate(messages, ours=True))
        bare.append(await comparison.rate(messages, ours=False))
    ratios = [round(a / b, 3) for a, b in zip(ours, bare, strict=True)]
    seconds, refused = await comparison.final_edits()
    return Result(
        messages=messages,
        concurrency=comparison.concurrency,
        ours_per_second=ours,
        bare_per_second=bare,
        ratios=ratios,
        ratio=statistics.median(ratios),
        final_edit_p50_seconds=round(statistics.median(seconds), 3),
        final_edit_max_seconds=round(max(seconds), 3),
        pacing_seconds=PACE,
        refused=refused,
    )


def print_result(result: Result) -> None:
    print(f"{'run':<6}{'ours/s':>10}{'bare/s':>10}{'ratio':>9}")
    rows = zip(result.ours_per_second, result.bare_per_second, result.ratios, strict=True)
    for number, (ours, bare, ratio) in enumerate(rows, 1):
        print(f"{number:<6}{ours:>10.1f}{bare:>10.1f}{ratio:>9.1%}")
    print(
        f"Our bot answers at {result.ratio:.0%} of the bare one's rate "
        f"({min(result.ratios):.0%} to {max(result.ratios):.0%})."
    )
    print(
        f"From the last word to the final edit: {result.final_edit_p50_seconds:.2f} s, at most "
        f"{result.final_edit_max_seconds:.2f} s, with {result.pacing_seconds:g} s between two messages; "
        f"{result.refused} calls were refused."
    )


def run(comparison: Comparison, messages: int, runs: int, file: Path | None) -> None:
    """Measure, print, and write a file if one is asked for."""
    result = asyncio.run(compare(comparison, messages, runs))
    print_result(result)
    if file:
        file.write_text(json.dumps(asdict(result), indent=2) + "\n")


def main(comparison: Comparison, description: str | None) -> None:
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--messages", type=int, default=2000, help="in each run")
    parser.add_argument("--runs", type=int, default=3, help="of each bot, by turns")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    run(comparison, options.messages, options.runs, options.json)
