"""What botcore costs while it does nothing: CPU of `--help`, memory of an idle chat and of its server."""

from __future__ import annotations

import argparse
import json
import os
import pty
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

COMMAND = str(Path(sys.executable).with_name("botcore"))
RUNS = 5
SETTLE_SECONDS = 5.0


def help_cpu_seconds() -> float:
    """Return the CPU time, user and system, of one `botcore --help`."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([COMMAND, "--help"], check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def resident_mebibytes(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def idle_chat_mebibytes(folder: str) -> tuple[float, float]:
    """Return the resident memory of an idle `botcore chat` and of its model server."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ["XDG_DATA_HOME"] = folder
        os.execv(COMMAND, [COMMAND, "chat"])
    try:
        while b"/help" not in os.read(terminal, 65536):
            pass  # the banner is not there yet
        time.sleep(SETTLE_SECONDS)
        [server] = children(pid)
        return resident_mebibytes(pid), resident_mebibytes(server)
    finally:
        os.kill(pid, signal.SIGTERM)
        os.waitpid(pid, 0)


def measure() -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        chat, server = idle_chat_mebibytes(folder)
    return {
        "help_cpu_seconds": statistics.median(help_cpu_seconds() for _ in range(RUNS)),
        "idle_chat_resident_mebibytes": chat,
        "idle_model_server_resident_mebibytes": server,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="write the figures to this file too")
    options = parser.parse_args()
    figures = measure()
    table = Table("what", "figure", title="Footprint")
    for name, value in figures.items():
        table.add_row(name.replace("_", " "), f"{value:.2f}")
    Console().print(table)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
