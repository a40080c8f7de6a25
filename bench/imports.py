"""How fast big exports are imported, and that memory does not grow with them."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from botcore.cli.import_command import open_ledger
from botcore.config import load_settings
from botcore.exports import open_export
from botcore.importing import find_home, import_export

PEOPLE = 200
START = 1_700_000_000  # seconds since 1970
SECONDS_BETWEEN = 7
CHANNELS = 20
MESSAGES_A_DAY = 2_000  # in a file of Slack's
SENTENCE = (
    "the build is green again and we can ship on Friday if nobody objects to the new parser before "
    "lunch tomorrow so please look at the three open questions in the plan"
)
WORDS = SENTENCE.split()
CHECKPOINTS = (10, 50, 100)  # percent of the file


def text(number: int) -> str:
    start = number % len(WORDS)
    return f"{number}: " + " ".join(WORDS[start:] + WORDS[:start])


def telegram_message(number: int) -> str:
    """Return a message with the indentation of Telegram Desktop."""
    said = text(number)
    message = {
        "id": number,
        "type": "message",
        "date": "2026-03-02T10:42:00",
        "date_unixtime": str(START + number * SECONDS_BETWEEN),
        "from": f"Person {number % PEOPLE}",
        "from_id": f"user{number % PEOPLE}",
        "reply_to_message_id": max(1, number - 3),
        "text": [said, {"type": "link", "text": "https://example.com/plan"}],
        "text_entities": [
            {"type": "plain", "text": said},
            {"type": "link", "text": "https://example.com/plan"},
        ],
    }
    return json.dumps(message, indent=1)


def write_telegram(path: Path, size: int) -> None:
    """Write the export of one group, of about `size` bytes."""
    with path.open("w", encoding="utf-8") as file:
        file.write(
            '{\n "name": "Team",\n "type": "private_supergroup",\n "id": 1234567890,\n "messages": [\n'
        )
        file.write(telegram_message(1))
        for number in count(2):
            if file.tell() >= size:
                break
            file.write(",\n" + telegram_message(number))
        file.write("\n ]\n}")


def slack_message(number: int) -> dict[str, object]:
    seconds = START + number * SECONDS_BETWEEN
    said = text(number)
    return {
        "client_msg_id": f"00000000-0000-4000-8000-{number:012}",
        "type": "message",
        "text": f"<@U{(number + 1) % PEOPLE:08}> {said}",
        "user": f"U{number % PEOPLE:08}",
        "ts": f"{seconds}.{number % 1_000_000:06}",
        "team": "T00000001",
        "user_team": "T00000001",
        "source_team": "T00000001",
        "user_profile": {
            "real_name": f"Person {number % PEOPLE}",
            "display_name": "",
            "is_restricted": False,
        },
        "blocks": [
            {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [{"text": said}]}]}
        ],
    }


def slack_days() -> Iterator[tuple[str, bytes]]:
    """Yield day files without end, each with its name."""
    for number in count():
        channel, day = number % CHANNELS, number // CHANNELS
        date = time.strftime("%Y-%m-%d", time.gmtime(START + day * 86_400))
        first = number * MESSAGES_A_DAY
        messages = [slack_message(first + place) for place in range(MESSAGES_A_DAY)]
        yield f"channel-{channel}/{date}.json", json.dumps(messages, indent=4).encode()


def write_slack(path: Path, size: int) -> None:
    """Write the export of a workspace whose files have about `size` bytes when they are unpacked."""
    users = [{"id": f"U{n:08}", "team_id": "T00000001", "real_name": f"Person {n}"} for n in range(PEOPLE)]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("users.json", json.dumps(users))
        written = 0
        for name, day in slack_days():
            archive.writestr(name, day)
            written += len(day)
            if written >= size:
                break


def peak_mebibytes() -> float:
    """Return the most memory that this process has held at once."""
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024


async def import_here(file: Path) -> dict[str, Any]:
    """Import a file in this process and return what it took."""
    peaks: dict[int, float] = {}
    export = open_export(file)

    def note() -> None:
        for percent in CHECKPOINTS:
            if export.meter.done * 100 >= percent * export.meter.total:
                peaks.setdefault(percent, peak_mebibytes())

    async with open_ledger(load_settings()) as ledger:
        home = await find_home(ledger, export, None, None)
        started = time.perf_counter()
        report = await import_export(export, ledger, home, chat=None, on_batch=note)
        seconds = time.perf_counter() - started
    return {
        "bytes": export.meter.total,
        "messages": report.added + report.known,
        "seconds": seconds,
        "peak_mebibytes": peaks,
    }


def import_in_child(file: Path, folder: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, __file__, "--child", file],
        env={**os.environ, "XDG_DATA_HOME": folder},
        stdout=subprocess.PIPE,
        check=True,
    )
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


def measure(name: str, write: Callable[[Path, int], None], size: int) -> dict[str, float]:
    """Write an export and import it in a process of its own, twice."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / name
        write(file, size)
        first, again = (import_in_child(file, folder) for _ in range(2))
    return {
        "file_mebibytes": first["bytes"] / (1 << 20),
        "messages": first["messages"],
        "messages_per_second": first["messages"] / first["seconds"],
        "mebibytes_per_second": first["bytes"] / (1 << 20) / first["seconds"],
        "messages_per_second_when_known": again["messages"] / again["seconds"],
        **{f"peak_mebibytes_at_{at}_percent": peak for at, peak in first["peak_mebibytes"].items()},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mebibytes", type=int, default=50, help="of each export, unpacked")
    parser.add_argument("--json", type=Path, help="write the figures to this file too")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(asyncio.run(import_here(options.child))))
        return
    size = options.mebibytes << 20
    figures = {
        "slack": measure("export.zip", write_slack, size),
        "telegram": measure("result.json", write_telegram, size),
    }
    table = Table("what", *figures, title="Import")
    for name in figures["slack"]:
        table.add_row(name.replace("_", " "), *(f"{form[name]:,.0f}" for form in figures.values()))
    Console().print(table)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
