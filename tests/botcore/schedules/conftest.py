"""A bot that does nothing by itself while a test looks."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def at_the_test_s_word(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the bot look at its start only, and then when the test says so."""
    monkeypatch.setattr("botcore.schedules.runner.LOOK_SECONDS", 3600.0)
    monkeypatch.setattr("botcore.turns.RETRY_SECONDS", 0.01)
