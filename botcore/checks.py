"""What `botcore doctor` asks: checks of the core's and of other packages', found by entry point."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import entry_points

from botcore.config import Settings
from botcore.errors import UserError

CHECKS = "botcore.checks"


class Health(StrEnum):
    """How well something is."""

    OK = "ok"
    WARNING = "warning"  # it works, but not as well as it could, or not for long
    PROBLEM = "problem"  # it does not work


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor's."""

    about: str  # what was looked at, in a word or two
    health: Health
    text: str  # what was found
    advice: str = ""  # what to do about it


# What an entry point of the group names. It must change nothing, whether the bot runs or not. An error
# that it raises is a problem; a `UserError` is told in its own words.
Check = Callable[[Settings], Iterable[Finding]]


def ok(about: str, text: str) -> Finding:
    return Finding(about, Health.OK, text)


def warning(about: str, text: str, advice: str) -> Finding:
    return Finding(about, Health.WARNING, text, advice)


def problem(about: str, text: str, advice: str = "") -> Finding:
    return Finding(about, Health.PROBLEM, text, advice)


def run_check(name: str, check: Check, settings: Settings) -> Iterator[Finding]:
    """Run one check; whatever it raises is a finding too."""
    try:
        yield from check(settings)
    except UserError as error:
        yield problem(name, str(error))
    except Exception as error:
        yield problem(name, f"the check itself failed: {type(error).__name__}", "Report this as a bug.")


def checks_of_packages() -> Iterator[tuple[str, Check]]:
    """Return what other packages check, by name."""
    for point in sorted(entry_points(group=CHECKS), key=lambda point: point.name):
        yield point.name, _later(point.load)


def _later(load: Callable[[], Check]) -> Check:
    """Import a check when it is run, so that one that can't be imported is one finding."""

    def check(settings: Settings) -> Iterable[Finding]:
        return load()(settings)

    return check
