"""For rows that are about the database too."""

from __future__ import annotations

import pytest

on_both = pytest.mark.parametrize("bot", ["sqlite", "postgresql"], indirect=True)

# The second one by `make test-all` only: every process of a bot costs a second.
on_both_in_time = pytest.mark.parametrize(
    "bot", ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)], indirect=True
)
