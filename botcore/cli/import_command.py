"""Imports an export, and shows how far it is and what became of it."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from io import TextIOWrapper
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from botcore.config import Settings, load_settings
from botcore.control.wire import dump
from botcore.errors import OwnerGone
from botcore.exports import Export, Meter, Record, open_export
from botcore.importing import Ledger, Report, find_home, import_export
from botcore.sharing import Operate, open_operations
from botcore.store import Home

INTERRUPTED = (
    "The botcore that the import went through has ended. Start the import again; it goes on where it stopped."
)


async def import_file(
    file: Path, *, chat: str | None, platform: str | None, tenant: str | None, as_json: bool
) -> None:
    """Import a file and print what became of it."""
    settings = load_settings()
    await bring_in(settings, open_export(file), chat=chat, platform=platform, tenant=tenant, as_json=as_json)


async def bring_in(
    settings: Settings,
    export: Export,
    *,
    chat: str | None,
    platform: str | None,
    tenant: str | None,
    as_json: bool,
) -> None:
    """Import what an export holds and print what became of it."""
    async with open_ledger(settings) as ledger:
        home = await find_home(ledger, export, platform, tenant)
        with shown_progress(export.meter) as on_batch:
            report = await import_export(export, ledger, home, chat=chat, on_batch=on_batch)
    if isinstance(sys.stdout, TextIOWrapper):  # an encoding without some character ends nothing
        sys.stdout.reconfigure(errors="replace")
    sys.stdout.write(as_json_text(report) if as_json else as_text(report))


@asynccontextmanager
async def open_ledger(settings: Settings) -> AsyncIterator[Ledger]:
    """Return the ledger of the bot that is up, or of the database that this process owns meanwhile."""
    async with open_operations(settings) as operate:
        yield OperatedLedger(operate)


class OperatedLedger:
    """A `Ledger` behind the operations that a bot offers."""

    def __init__(self, operate: Operate) -> None:
        self._operate = operate

    async def add_records(self, home: Home, records: Sequence[Record]) -> int:
        try:
            added: int = await self._operate(
                "import", home=dump(home), records=dump(list(records), list[Record])
            )
        except OwnerGone as error:
            raise OwnerGone(INTERRUPTED) from error
        return added

    async def tenants(self, platform: str) -> list[str]:
        known: list[str] = await self._operate("tenants", platform=platform)
        return known


@contextmanager
def shown_progress(meter: Meter) -> Iterator[Callable[[], None]]:
    """Show how much of the file is read, on a terminal; elsewhere nobody would read it."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda: None
        return
    columns = (TextColumn("Importing"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=meter.total)
        yield lambda: progress.update(task, completed=min(meter.done, meter.total))


def as_text(report: Report) -> str:
    """Return the account for people."""
    left_out = ", ".join(f"{count:,} {reason}" for reason, count in report.left_out.items())
    lines = [
        f"{_counted(len(report.chats), 'chat')} of {report.home.platform} ({report.home.tenant}): "
        f"{_counted(report.added, 'message')} added, {report.known:,} known already, "
        f"{report.left_out.total():,} left out{f' ({left_out})' if left_out else ''}, "
        f"{report.malformed:,} malformed.",
        *(f"  {problem}" for problem in report.problems),
    ]
    if (unnamed := report.malformed - len(report.problems)) > 0:
        lines.append(f"  and {unnamed:,} more")
    if report.assumed_utc:
        lines.append("Times without a time zone were taken to be in UTC.")
    return "\n".join(lines) + "\n"


def as_json_text(report: Report) -> str:
    """Return the account for programs, on one line."""
    account = {
        "platform": report.home.platform,
        "tenant": report.home.tenant,
        "chats": len(report.chats),
        "added": report.added,
        "known": report.known,
        "left_out": dict(report.left_out),
        "malformed": report.malformed,
        "problems": [{"where": problem.where, "reason": problem.reason} for problem in report.problems],
        "assumed_utc": report.assumed_utc,
    }
    return json.dumps(account, ensure_ascii=False) + "\n"


def _counted(count: int, word: str) -> str:
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"
