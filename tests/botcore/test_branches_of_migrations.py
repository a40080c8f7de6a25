"""A package may bring tables of its own: they are made and changed with the core's, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, inspect

from botcore.errors import MigrationError, PluginError, StoreError
from botcore.store import branches
from botcore.store.check import examine
from botcore.store.migrate import open_plainly, upgrade
from botcore.store.place import Place
from tests.fakes.postgresql import PostgresqlServer

FIRST = """
import sqlalchemy as sa
from alembic import op

revision = "1"
down_revision = None


def upgrade() -> None:
    op.create_table("notes_note", sa.Column("id", sa.Integer(), primary_key=True))
    op.execute("INSERT INTO notes_note VALUES (1)")
"""
SECOND = """
import sqlalchemy as sa
from alembic import op

revision = "2"
down_revision = "1"


def upgrade() -> None:
    op.add_column("notes_note", sa.Column("text", sa.Text()))
"""
BROKEN = (
    SECOND
    + """
    op.execute("INSERT INTO nowhere VALUES (1)")
"""
)

Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Return a function that installs a package with these versions, instead of what it had."""
    home = tmp_path / "site"
    versions, facts = home / "notes_tables", home / "notes-1.0.dist-info"
    for folder in (versions, facts):
        folder.mkdir(parents=True)
    (versions / "__init__.py").touch()
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: notes\nVersion: 1.0\n")
    monkeypatch.syspath_prepend(home)
    monkeypatch.setattr(branches, "found_migrations", branches.found_migrations.__wrapped__)

    def install(*texts: str, name: str = "notes", package: str = "notes_tables") -> None:
        for file in versions.glob("[0-9]*.py"):
            file.unlink()
        for number, text in enumerate(texts, 1):
            (versions / f"{number}_notes.py").write_text(text)
        announced = f"[botcore.migrations]\n{name} = {package}\n" if texts else ""
        (facts / "entry_points.txt").write_text(announced)

    return install


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Return where an empty database is, or will be."""
    if request.param == "sqlite":
        return tmp_path / "botcore.db"
    server: PostgresqlServer = request.getfixturevalue("postgresql")
    return server.new(migrated=False)


def columns_of_notes(place: Place) -> list[str]:
    engine: Engine = open_plainly(place, writes=False)
    try:
        with engine.begin() as connection:
            tables = inspect(connection)
            if not tables.has_table("notes_note"):
                return []
            return [column["name"] for column in tables.get_columns("notes_note")]
    finally:
        engine.dispose()


def test_its_tables_are_made_with_the_cores_and_changed_with_its_versions(
    place: Place, install: Install
) -> None:
    install(FIRST)
    upgrade(place)
    assert columns_of_notes(place) == ["id"]
    assert examine(place).is_current

    install(FIRST, SECOND)
    assert not examine(place).is_current
    upgrade(place)
    upgrade(place)
    assert columns_of_notes(place) == ["id", "text"]


def test_one_that_fails_leaves_the_database_as_it_was(place: Place, install: Install) -> None:
    install(FIRST)
    upgrade(place)
    install(FIRST, BROKEN)

    with pytest.raises(MigrationError, match=r"from schema notes-1 to notes-2: .*nowhere"):
        upgrade(place)

    assert columns_of_notes(place) == ["id"]
    if isinstance(place, Path):
        assert columns_of_notes(place.with_name(f"{place.name}.before-upgrade-from-notes-1")) == ["id"]


def test_one_that_fails_at_first_leaves_no_schema_of_the_core_behind(place: Place, install: Install) -> None:
    install(BROKEN.replace('"1"', "None").replace('"2"', '"1"'))
    with pytest.raises(MigrationError, match="notes-none"):
        upgrade(place)
    with pytest.raises(StoreError, match="has no schema yet"):
        examine(place)


def test_a_newer_version_of_it_is_named(place: Place, install: Install) -> None:
    install(FIRST, SECOND)
    upgrade(place)
    install(FIRST)

    with pytest.raises(StoreError, match=r"written by a newer notes \(schema notes-2\)"):
        upgrade(place)


def test_without_the_package_its_tables_stay(place: Place, install: Install) -> None:
    install(FIRST)
    upgrade(place)
    install()

    upgrade(place)

    assert columns_of_notes(place) == ["id"]


@pytest.mark.parametrize("wrong", [{"name": "no-word"}, {"package": "nowhere"}, {"package": "no.where"}])
def test_what_is_announced_wrongly_is_named(tmp_path: Path, install: Install, wrong: dict[str, str]) -> None:
    install(FIRST, **wrong)
    with pytest.raises(PluginError, match=r"An entry point of botcore\.migrations is"):
        upgrade(tmp_path / "botcore.db")


@pytest.mark.parametrize("versions", [("revision = 1 +",), (FIRST, FIRST.replace('"1"', '"2"'))])
def test_versions_that_are_not_in_one_line_are_named(
    tmp_path: Path, install: Install, versions: tuple[str, ...]
) -> None:
    install(*versions)
    with pytest.raises(PluginError, match="The migrations of notes can't be used"):
        upgrade(tmp_path / "botcore.db")
