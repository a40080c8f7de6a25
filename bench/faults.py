"""Kills the bot at random points of its traffic and counts what people saw of it.

With `--in-peace` it is left alone instead, and its memory is measured.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.fakes.bot_process import BotProcess
from tests.fakes.platform import Platform
from tests.fakes.traffic import Traffic, Verdict

Figures = dict[str, float]
COMPARED = 10  # memory is compared between the second and the last of so many parts of the time


async def measure(
    seconds: float, seed: int, conversations: int, *, in_peace: bool
) -> tuple[Verdict, Figures]:
    """Return what became of the questions, and all figures by name."""
    with tempfile.TemporaryDirectory(prefix="botcore-faults-") as folder:
        async with Platform() as platform:
            bot = BotProcess(Path(folder), platform)
            traffic = Traffic(platform, bot, seed=seed, conversations=conversations)
            try:
                memory = await traffic.in_peace(seconds) if in_peace else []
                verdict = await (traffic.verdict() if in_peace else traffic.under_kills(seconds))
            finally:
                if bot.is_running:
                    await bot.kill()
    figures: Figures = {name: value for name, value in asdict(verdict).items() if name != "lost"}
    return verdict, {"traffic_seconds": seconds, **figures, **of_memory(memory)}


def of_memory(mebibytes: list[float]) -> Figures:
    if not mebibytes:
        return {}
    part = max(1, len(mebibytes) // COMPARED)
    return {
        "early_resident_mebibytes": statistics.median(mebibytes[part : 2 * part]),
        "late_resident_mebibytes": statistics.median(mebibytes[-part:]),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=1.0, help="how long people ask (default: 1)")
    parser.add_argument("--conversations", type=int, default=16, help="how many ask (default: 16)")
    parser.add_argument("--seed", type=int, default=1, help="of the random points")
    parser.add_argument("--in-peace", action="store_true", help="kill nothing, measure memory")
    parser.add_argument("--json", type=Path, help="write the figures to this file too")
    options = parser.parse_args()
    verdict, figures = asyncio.run(
        measure(options.minutes * 60, options.seed, options.conversations, in_peace=options.in_peace)
    )
    table = Table("what", "figure", title="What people saw of a bot that was killed at random")
    for name, value in figures.items():
        table.add_row(name.replace("_", " "), f"{value:.1f}" if isinstance(value, float) else str(value))
    Console().print(table)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n")
    if verdict.doubles or verdict.losses:
        sys.exit(f"Answered twice: {verdict.doubles}, lost: {verdict.lost}")


if __name__ == "__main__":
    main()
