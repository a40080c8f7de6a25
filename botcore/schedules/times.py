"""When something is due: cron expressions on people's clocks, summer time included."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from botcore.errors import InputError, PluginError

FIELDS = 5  # minute, hour, day, month, weekday
SHORTEST = timedelta(minutes=1)  # a run that is no later than this is in time
EXAMPLE = "0 9 * * 1-5"


def next_time(cron: str, zone: str, after: datetime) -> datetime:
    """Return the first moment after another at which an expression is due; raise `InputError`.

    What has its hour is due once in autumn, when a clock shows that twice: the first time.
    """
    if len(cron.split()) != FIELDS:
        raise InputError(
            f"“{cron}” is no time to repeat: write minute, hour, day, month and weekday, like `{EXAMPLE}`."
        )
    try:
        moments = (due.astimezone(UTC) for due in CronSim(cron, after.astimezone(clock_of(zone))))
        # What is due in an hour that is there twice is found in the first of both, in the second too.
        return next(due for due in moments if due > after)
    except CronSimError as error:
        raise InputError(f"“{cron}” is no time to repeat: {str(error).lower()}.") from error
    except StopIteration:
        raise InputError(f"“{cron}” never comes.") from None


def clock_of(zone: str) -> ZoneInfo:
    """Return the clock of a time zone, that of UTC without a name; raise `InputError`."""
    try:
        return ZoneInfo(zone or "UTC")
    except (KeyError, ValueError, OSError):
        raise InputError(f"There is no time zone “{zone}”. Write one like Europe/Berlin.") from None


def check_cron(cron: str, zone: str, where: str) -> None:
    """Raise `PluginError` when a plugin declares a time that never comes."""
    try:
        next_time(cron, zone, datetime.now(UTC))
    except InputError as error:
        raise PluginError(f"{where}: {error}") from error


def explained(cron: str) -> str:
    """Return an expression in words: “At 09:00 on Monday through Friday”."""
    return CronSim(cron, datetime.now(UTC)).explain()
