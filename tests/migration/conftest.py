"""The databases that pytest-alembic migrates."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.config import Config
from sqlalchemy import Engine, create_engine

from botcore.store import branches
from tests.fakes.postgresql import PostgresqlServer


@pytest.fixture
def alembic_config() -> Config:
    return branches.alembic_config()


@pytest.fixture(params=["sqlite", "postgresql"])
def alembic_engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """Return an empty database."""
    if request.param == "sqlite":
        engine = create_engine(f"sqlite:///{tmp_path / 'migrated.db'}")
    else:
        server: PostgresqlServer = request.getfixturevalue("postgresql")
        engine = create_engine(server.new(migrated=False))
    yield engine
    engine.dispose()
