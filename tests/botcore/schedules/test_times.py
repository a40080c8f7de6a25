"""When something is due next, on clocks that are put forward and back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from botcore.schedules.times import next_time

A_MINUTE = timedelta(minutes=1)
CHANGES = {  # of the clocks, in UTC
    "Europe/Berlin": ("2026-03-29T01:00", "2026-10-25T01:00"),
    "America/New_York": ("2026-03-08T07:00", "2026-11-01T06:00"),
    "Australia/Lord_Howe": ("2026-10-03T15:30", "2026-04-04T15:00"),  # by half an hour
}
CRONS = ("30 2 * * *", "30 1-2 * * *", "45 1 * * *", "0,20,40 0-3 * * *", "*/20 2 * * *", "15 * * * *")


@pytest.mark.parametrize(("zone", "change"), [(zone, at) for zone, both in CHANGES.items() for at in both])
@pytest.mark.parametrize("cron", CRONS)
def test_the_next_time_is_after_now_while_clocks_change(zone: str, change: str, cron: str) -> None:
    begin = datetime.fromisoformat(change).replace(tzinfo=UTC) - timedelta(hours=3)
    for minutes in range(0, 6 * 60, 5):
        after = begin + minutes * A_MINUTE

        assert after < next_time(cron, zone, after) <= after + timedelta(hours=28)


@pytest.mark.parametrize(
    ("cron", "zone", "after", "due"),
    [
        ("30 2 * * *", "Europe/Berlin", "2026-10-25T01:10+00:00", "2026-10-26T02:30+01:00"),
        ("30 1-2 * * *", "Europe/Berlin", "2026-10-25T01:10+00:00", "2026-10-26T01:30+01:00"),
        ("45 1 * * *", "America/New_York", "2026-11-01T06:10+00:00", "2026-11-02T01:45-05:00"),
        ("45 1 * * *", "Australia/Lord_Howe", "2026-04-04T15:05+00:00", "2026-04-06T01:45+10:30"),
        ("30 * * * *", "Europe/Berlin", "2026-10-25T01:10+00:00", "2026-10-25T02:30+01:00"),
    ],
)
def test_what_was_due_in_an_hour_that_comes_twice_is_not_due_again(
    cron: str, zone: str, after: str, due: str
) -> None:
    found = next_time(cron, zone, datetime.fromisoformat(after))

    assert found == datetime.fromisoformat(due)


@pytest.mark.parametrize(
    ("cron", "after", "due"),
    [
        ("0 9 * * *", "2026-03-28T09:30+01:00", "2026-03-29T09:00+02:00"),  # summer time begins
        ("30 2 * * *", "2026-03-28T12:00+01:00", "2026-03-29T03:00+02:00"),  # an hour that is not there
        ("30 2 * * *", "2026-10-25T02:30+02:00", "2026-10-26T02:30+01:00"),  # one that is there twice
    ],
)
def test_people_s_clocks_know_summer_time(cron: str, after: str, due: str) -> None:
    found = next_time(cron, "Europe/Berlin", datetime.fromisoformat(after))

    assert found == datetime.fromisoformat(due)
