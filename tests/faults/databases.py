"""For rows that are about the database too."""

from __future__ import annotations

import pytest

on_both = pytest.mark.parametrize("bot", ["sqlite", "postgresql"], indirect=True)
