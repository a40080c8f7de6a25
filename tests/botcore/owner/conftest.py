"""A bot of its own for each test."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.botcore.owner.installation import Installation


@pytest.fixture
def botcore(tmp_path: Path) -> Installation:
    """Return an installation with one platform, called `one`."""
    installation = Installation(tmp_path)
    installation.configure("one")
    return installation
