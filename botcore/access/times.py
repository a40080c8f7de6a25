"""Times as people read them where they are."""

from __future__ import annotations

import difflib
from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from botcore.errors import InputError


def find_timezone(text: str) -> str:
    """Return IANA's name of a time zone that somebody typed, in any case; raise `InputError`."""
    wanted = text.strip().replace(" ", "_")
    names = _names()
    if name := names.get(wanted.casefold()):
        return name
    cities = {name.rpartition("/")[2].casefold(): name for name in sorted(names.values())}
    if name := cities.get(wanted.casefold()):
        return name
    close = difflib.get_close_matches(wanted.casefold(), [*names, *cities], n=1)
    found = (names | cities).get(close[0]) if close else None
    hint = f"Did you mean {found}?" if found else "Write one like Europe/Berlin."
    raise InputError(f"“{text.strip()}” is no time zone. {hint}")


@cache
def _names() -> dict[str, str]:
    return {name.casefold(): name for name in available_timezones() if not name.startswith("Etc/GMT")}


def at_their_place(moment: datetime, timezone: str) -> datetime:
    """Return a moment on somebody's clock; in UTC when they chose no time zone."""
    return moment.astimezone(ZoneInfo(timezone) if timezone else UTC)


def clock_time(moment: datetime, timezone: str) -> str:
    """Return the time of a moment on somebody's clock: `14:30`, with the day if it is not today."""
    local, today = at_their_place(moment, timezone), at_their_place(datetime.now(UTC), timezone)
    day = "" if local.date() == today.date() else f"{local:%Y-%m-%d} "
    return f"{day}{local:%H:%M}{'' if timezone else ' UTC'}"
