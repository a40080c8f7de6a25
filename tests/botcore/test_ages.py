"""How long a message has waited does not depend on who sets the clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from botcore.ages import Ages

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Clocks:
    """One that goes on, and one that is set."""

    def __init__(self) -> None:
        self.seconds = 100.0
        self.wall = NOON


@pytest.mark.parametrize("jump", [timedelta(days=3), timedelta(days=-3)])
def test_what_came_while_the_process_was_there_is_timed_by_what_has_passed(jump: timedelta) -> None:
    clocks = Clocks()
    ages = Ages(lambda: clocks.seconds, lambda: clocks.wall)
    ages.arrived("before")
    clocks.seconds += 60
    clocks.wall += jump
    ages.arrived("after")
    clocks.seconds += 60

    assert ages.of("before", NOON) == timedelta(seconds=120)
    assert ages.of("after", NOON + jump) == timedelta(seconds=60)


@pytest.mark.parametrize("jump", [timedelta(days=3), timedelta(days=-3)])
def test_what_came_earlier_is_as_old_as_it_was_at_the_start_and_grows_older(jump: timedelta) -> None:
    clocks = Clocks()
    ages = Ages(lambda: clocks.seconds, lambda: clocks.wall)
    clocks.seconds += 60
    clocks.wall += jump

    assert ages.of("yesterday's", NOON - HOUR) == HOUR + timedelta(seconds=60)
