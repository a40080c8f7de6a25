"""From an export to the ledger, in batches that are each one transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from botcore.errors import InputError
from botcore.exports import Export, LeftOut, Problem, Record
from botcore.store import Home

BATCH = 1000  # messages a transaction, at most
BATCH_CHARACTERS = 1 << 21  # in a transaction, about
LONGEST_TEXT = 1 << 20  # characters; no platform lets people write as much
NAMED = 10  # problems that are told one by one
LOCAL = "local"  # the tenant of what belongs to no account that is known
UNDATED = "without a date"
NOT_SAID = {LeftOut.MEMBERSHIP, LeftOut.NOTICE}


class Ledger(Protocol):
    """Where messages are brought to."""

    async def add_records(self, home: Home, records: Sequence[Record]) -> int:
        """Write the records that are not known, in one transaction; return how many these are."""
        ...

    async def tenants(self, platform: str) -> list[str]:
        """Return the platform's ids of the tenants that are known."""
        ...


@dataclass(slots=True)
class Report:
    """What became of an export."""

    home: Home
    chats: set[str] = field(default_factory=set)  # by id
    added: int = 0
    known: int = 0  # in the ledger already
    left_out: Counter[str] = field(default_factory=Counter)
    malformed: int = 0
    problems: list[Problem] = field(default_factory=list)  # the first of them
    assumed_utc: bool = False

    def note(self, problem: Problem) -> None:
        """Count what can't be used, and keep the first few to be told."""
        self.malformed += 1
        if len(self.problems) < NAMED:
            self.problems.append(problem)

    @property
    def read(self) -> int:
        """Messages that could be read."""
        return self.added + self.known + self.left_out.total()


async def find_home(ledger: Ledger, export: Export, platform: str | None, tenant: str | None) -> Home:
    """Return where an export belongs; raise `InputError` when more than one tenant may be meant."""
    platform = platform or export.platform
    if chosen := tenant or export.tenant:
        return Home(platform, chosen)
    known = await ledger.tenants(platform)
    if len(known) > 1:
        raise InputError(f"Messages of {platform} may belong to {', '.join(known)}. Choose with --tenant.")
    return Home(platform, known[0] if known else LOCAL)


async def import_export(
    export: Export, ledger: Ledger, home: Home, *, chat: str | None, on_batch: Callable[[], None]
) -> Report:
    """Bring in an export, or one of its chats; raise `InputError` when nothing of it can be read.

    Each batch is committed by itself: what was interrupted goes on when it is begun again.
    """
    report = Report(home)
    for batch in _batches(_worth_keeping(export.read(chat), report)):
        added = await ledger.add_records(home, batch)
        report.added += added
        report.known += len(batch) - added
        on_batch()
    report.assumed_utc = export.assumed_utc
    if report.problems and not report.read:
        raise InputError(f"{report.problems[0]}. Nothing was imported.")
    return report


def _batches(records: Iterable[Record]) -> Iterator[list[Record]]:
    """Yield the records in lists that are neither long nor large."""
    batch: list[Record] = []
    characters = 0
    for record in records:
        batch.append(record)
        characters += len(record.text)
        if len(batch) == BATCH or characters > BATCH_CHARACTERS:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch


def _worth_keeping(read: Iterable[Record | Problem], report: Report) -> Iterator[Record]:
    """Yield what was said, and account for the rest."""
    for found in read:
        if isinstance(found, Problem):
            report.note(found)
        elif reason := _reason(found):
            report.left_out[reason] += 1
        elif len(found.text) > LONGEST_TEXT:
            where = f"chat “{found.chat.name}”, message {found.id}"
            report.note(Problem(where, f"it is longer than {LONGEST_TEXT:,} characters"))
        else:
            report.chats.add(found.chat.id)
            yield found


def _reason(record: Record) -> str:
    """Return why a record is not kept. What bots said is, as the ledger hears them too."""
    if record.left_out and record.left_out in NOT_SAID:
        return record.left_out
    if not record.text.strip():
        return LeftOut.EMPTY
    return "" if record.sent_at else UNDATED
