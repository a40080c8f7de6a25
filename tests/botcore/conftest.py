"""A store over a real database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from botcore.store import Database, Store
from botcore.testing.databases import make_database


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    make_database(tmp_path / "botcore.db")
    store = Store(Database(tmp_path / "botcore.db"))
    yield store
    await store.close()
