"""An upgrade whose migration fails half way."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from botcore import errors
from botcore.errors import MigrationError, UserError
from tests.fakes.bot_process import ROOT, SOURCES, BotProcess
from tests.fakes.platform import Platform
from tests.faults.databases import on_both_in_time

FAILS_HALF_WAY = '''
"""Fails after it has changed a table and some rows."""

import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "{head}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table("half_done", sa.Column("id", sa.Integer, primary_key=True))
    op.execute("update message set text = 'overwritten'")
    op.execute("delete from outbox")
    op.execute("insert into no_such_table values (1)")
'''

ROWS = ["select id, text from message order by id", "select id, state, text from outbox order by id"]
TABLES = {
    "sqlite": "select name, sql from sqlite_master order by name",
    "postgresql": "select table_name, column_name, data_type from information_schema.columns "
    "where table_schema = 'public' order by 1, 2",
}


@pytest.fixture
def next_version(tmp_path: Path) -> str:
    """The sources of a version whose migration fails."""
    sources = tmp_path / "next version"
    without_caches = shutil.ignore_patterns("__pycache__")
    for folder in ("botcore", "migrations"):
        shutil.copytree(ROOT / folder, sources / folder, ignore=without_caches)
    versions = sources / "migrations" / "versions"
    head = max(file.name.partition("_")[0] for file in versions.glob("0*.py"))
    (versions / "9999_fails_half_way.py").write_text(FAILS_HALF_WAY.format(head=head))
    return os.pathsep.join([str(sources), SOURCES])


@on_both_in_time
async def test_the_database_is_as_before_and_the_old_version_goes_on(
    platform: Platform, bot: BotProcess, next_version: str
) -> None:
    kind = "postgresql" if bot.environment else "sqlite"
    await bot.start()
    await platform.until_answered(platform.post("before"))
    bot.signal(signal.SIGTERM)
    assert await bot.wait() == 0
    before = [bot.rows(query) for query in [TABLES[kind], *ROWS]]

    bot.sources = next_version
    for _ in range(2):  # whoever starts it again gets the same answer, and nothing gets worse
        bot.launch()
        assert await bot.wait() == MigrationError.exit_code
        assert [bot.rows(query) for query in [TABLES[kind], *ROWS]] == before

    assert "Nothing was changed" in bot.output
    assert "Go back to the version you had" in bot.output
    if kind == "sqlite":
        assert [*bot.data.glob("botcore.db.before-upgrade-from-*")]
    bot.sources = SOURCES
    await bot.start()
    assert await platform.until_answered(platform.post("after")) == "re: after"


def test_its_exit_code_is_like_no_other() -> None:
    others = [kind.exit_code for kind in _kinds(UserError) if kind is not MigrationError]

    assert MigrationError.exit_code not in {*others, 0, 1, 2}
    assert issubclass(MigrationError, errors.BotcoreError)


def _kinds(kind: type[UserError]) -> Iterator[type[UserError]]:
    yield kind
    for further in kind.__subclasses__():
        yield from _kinds(further)
