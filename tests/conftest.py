"""What every test needs."""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from shutil import disk_usage
from tempfile import TemporaryDirectory

import pytest
import structlog
from hypothesis import settings

from tests.fakes.postgresql import PostgresqlServer, postgresql_server

ROOT = Path(__file__).parents[1]

# What these tests end is processes, not machines. So what they write need not reach a disk, where a
# database that syncs each commit would spend a third of their time.
MEMORY = Path("/dev/shm")
MEMORY_BYTES = 4 << 30
if "TMPDIR" not in os.environ and os.access(MEMORY, os.W_OK) and disk_usage(MEMORY).free > MEMORY_BYTES:
    tempfile.tempdir = os.environ["TMPDIR"] = str(MEMORY)

# Other tests and a training run may share the machine: slowness alone is no failure.
settings.register_profile("shared machine", deadline=None)
settings.load_profile("shared machine")


@pytest.fixture(scope="session", autouse=True)
def plain_logs() -> None:
    """Print log lines plainly: drawing a traceback in colours takes a second."""
    renderer = structlog.processors.LogfmtRenderer()
    structlog.configure(processors=[structlog.processors.format_exc_info, renderer])


@pytest.fixture(autouse=True)
def logs_as_before() -> Iterator[None]:
    """Let no test log into the file of another, which is gone by then."""
    root, structured = logging.getLogger(), structlog.get_config()
    handlers, level = list(root.handlers), root.level
    yield
    for handler in [handler for handler in root.handlers if handler not in handlers]:
        handler.close()
    root.handlers = handlers
    root.setLevel(level)
    structlog.configure(**structured)


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """Return an empty folder with a short path: it holds sockets, and 107 bytes is all they get."""
    with TemporaryDirectory(prefix="botcore-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of test data that is not part of the project, or skip without it."""
    folder = (ROOT / os.environ.get("BOTCORE_TEST_DATA", "../shared")).resolve()
    if not folder.is_dir():
        pytest.skip(f"needs the test data: BOTCORE_TEST_DATA is {folder}, which is no folder")
    return folder


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresqlServer]:
    """Return a PostgreSQL server, started once for all tests that ask for one."""
    with postgresql_server() as server:
        yield server
