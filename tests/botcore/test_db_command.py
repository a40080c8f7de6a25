"""`botcore db upgrade | backup | check`, on both databases."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import URL, make_url

from botcore.cli import main
from botcore.owner import own
from botcore.store import Database, Store, branches
from botcore.store.migrate import open_plainly
from botcore.store.place import Place
from botcore.testing.store_contract import put
from tests.fakes.postgresql import PostgresqlServer

Run = Callable[..., "tuple[int, str]"]
BROKEN = """
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table("half", sa.Column("id", sa.Integer(), primary_key=True))
    op.execute("INSERT INTO half VALUES (1)")
    op.execute("INSERT INTO nowhere VALUES (1)")
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the data folder of a bot; its configuration is in the environment."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BOTCORE_BOT__DATA_FOLDER", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """Return where the configured database is. It is empty."""
    if request.param == "sqlite":
        return folder / "botcore.db"
    server: PostgresqlServer = request.getfixturevalue("postgresql")
    url = server.new(migrated=False)
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    monkeypatch.setenv("BOTCORE_STORE__URL", address)
    return url


@pytest.fixture
def run(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs `botcore db …` and returns its exit code and what it said."""

    def run(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["botcore", "db", *arguments])
        with pytest.raises(SystemExit) as left:
            main()
        captured = capsys.readouterr()
        code = left.value.code
        return code if isinstance(code, int) else 0, captured.out + captured.err

    return run


def fill(place: Place, messages: int, *, at_once: int = 50) -> None:
    async def run() -> None:
        store = Store(Database(place))
        for first in range(0, messages, at_once):
            batch = range(first, min(first + at_once, messages))
            await asyncio.gather(*(put(store, f"hello {number}", str(number)) for number in batch))
        await store.close()

    asyncio.run(run())


def scalar(place: Place, query: str) -> object:
    engine = open_plainly(place)
    try:
        with engine.begin() as connection:
            return connection.exec_driver_sql(query).scalar()
    finally:
        engine.dispose()


def break_the_migrations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let there be a second migration, which fails after it has changed something."""
    copy = tmp_path / "migrations"
    (copy / "versions").mkdir(parents=True)
    for file in branches.migrations_folder().rglob("*.*"):
        if file.suffix in {".py", ".mako"}:
            (copy / file.relative_to(branches.migrations_folder())).write_bytes(file.read_bytes())
    (copy / "versions" / "0002_broken.py").write_text(BROKEN)
    monkeypatch.setattr(branches, "migrations_folder", lambda: copy)


def test_upgrade_creates_what_check_finds_sound(place: Place, run: Run) -> None:
    assert run("upgrade") == (0, "The database is up to date.\n")
    fill(place, 3)

    code, said = run("check")

    assert code == 0
    assert "is sound. Schema 0001.\nmessages 3\ninbox waiting 3\noutbox empty" in said


def test_a_migration_that_fails_leaves_the_database_as_it_was(
    place: Place, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("upgrade")
    fill(place, 2)
    break_the_migrations(tmp_path, monkeypatch)

    code, said = run("upgrade")

    assert code == 73
    assert "could not be brought from schema 0001 to 0002" in said
    assert "nowhere" in said
    assert said.count("\n") == 1
    assert scalar(place, "SELECT version_num FROM alembic_version") == "0001"
    assert scalar(place, "SELECT count(*) FROM message") == 2
    with pytest.raises(Exception, match="half"):
        scalar(place, "SELECT count(*) FROM half")


def test_a_sqlite_file_is_copied_before_it_is_changed(
    folder: Path, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("upgrade")
    fill(folder / "botcore.db", 2)
    break_the_migrations(tmp_path, monkeypatch)

    _, said = run("upgrade")

    copy = folder / "botcore.db.before-upgrade-from-0001"
    assert str(copy) in said
    assert scalar(copy, "SELECT count(*) FROM message") == 2
    assert copy.stat().st_mode & 0o077 == 0


def test_a_newer_schema_is_refused(place: Place, run: Run) -> None:
    run("upgrade")
    scalar_update = "UPDATE alembic_version SET version_num = '9999' RETURNING version_num"
    assert scalar(place, scalar_update) == "9999"

    code, said = run("upgrade")

    assert code == 74
    assert "written by a newer botcore (schema 9999)" in said


def test_an_upgrade_waits_for_no_bot_that_runs(folder: Path, run: Run) -> None:
    folder.mkdir()
    with own(folder):
        code, said = run("upgrade")

    assert code == 75
    assert "in use by another botcore" in said


@pytest.fixture
def postgresql_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    server = importlib.util.find_spec("pgserver")
    assert server is not None and server.origin is not None
    programs = Path(server.origin).parent / "pginstall" / "bin"
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")


@pytest.mark.usefixtures("postgresql_programs")
def test_a_backup_is_whole_and_private(place: Place, run: Run, tmp_path: Path) -> None:
    run("upgrade")
    fill(place, 5)
    target = tmp_path / "copy"

    code, said = run("backup", str(target))

    assert (code, "is a whole copy" in said) == (0, True)
    assert target.stat().st_mode & 0o077 == 0
    assert not target.with_name("copy.tmp").exists()
    if isinstance(place, Path):
        assert scalar(target, "SELECT count(*) FROM message") == 5
    else:
        listed = subprocess.run(["pg_restore", "--list", target], capture_output=True, text=True, check=True)
        assert "TABLE DATA public message" in listed.stdout


def test_a_backup_is_made_while_a_bot_writes(folder: Path, run: Run, tmp_path: Path) -> None:
    run("upgrade")
    place = folder / "botcore.db"
    writing = threading.Thread(target=fill, args=(place, 200), kwargs={"at_once": 2})
    writing.start()

    for number in range(5):
        assert run("backup", str(tmp_path / f"copy {number}"))[0] == 0
    writing.join()

    counts = [scalar(tmp_path / f"copy {number}", "SELECT count(*) FROM inbox") for number in range(5)]
    assert counts == [
        scalar(tmp_path / f"copy {number}", "SELECT count(*) FROM message") for number in range(5)
    ]
    assert scalar(place, "SELECT count(*) FROM message") == 200


def test_a_backup_never_replaces_a_file(folder: Path, run: Run, tmp_path: Path) -> None:
    run("upgrade")
    (tmp_path / "copy").write_text("mine")

    code, said = run("backup", str(tmp_path / "copy"))

    assert (code, "exists already" in said) == (65, True)
    assert (tmp_path / "copy").read_text() == "mine"


def test_without_pg_dump_it_is_said_what_to_install(
    postgresql: PostgresqlServer, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = postgresql.new().set(drivername="postgresql")
    monkeypatch.setenv("BOTCORE_STORE__URL", address.render_as_string(hide_password=False))
    monkeypatch.setenv("PATH", "")

    code, said = run("backup")

    assert (code, "postgresql-client" in said) == (74, True)


@pytest.fixture
def damaged(folder: Path, run: Run) -> Iterator[Path]:
    """Return a database in whose middle there are other bytes."""
    run("upgrade")
    place = folder / "botcore.db"
    fill(place, 120)
    with place.open("r+b") as file:
        file.seek(place.stat().st_size // 2)
        file.write(os.urandom(8192))
    yield place


def test_damage_is_told_in_one_line(damaged: Path, run: Run) -> None:
    code, said = run("check")

    assert code == 74
    assert said.startswith(f"botcore: {damaged} ")
    assert said.count("\n") == 1


def test_no_copy_is_made_of_a_damaged_database(damaged: Path, run: Run, tmp_path: Path) -> None:
    code, said = run("backup", str(tmp_path / "copy"))

    assert (code, "damaged" in said or "malformed" in said) == (74, True)
    assert not (tmp_path / "copy").exists()


def test_a_row_that_refers_to_none_is_damage(folder: Path, run: Run) -> None:
    run("upgrade")
    fill(folder / "botcore.db", 1)
    with closing(sqlite3.connect(folder / "botcore.db")) as connection, connection:
        connection.execute("DELETE FROM chat")

    code, said = run("check")

    assert (code, "refer to others that are not there" in said) == (74, True)


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("mysql://ana:s3cret@host/db", "only PostgreSQL has an address"),
        ("postgresql://ana:s3cret@host", "names no database"),
        ("s3cret", "no address"),
    ],
)
def test_a_wrong_address_is_told_without_its_password(
    folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch, address: str, reason: str
) -> None:
    monkeypatch.setenv("BOTCORE_STORE__URL", address)

    code, said = run("check")

    assert (code, reason in said, "s3cret" in said) == (78, True, False)


def test_a_server_that_is_not_there_is_one_line(
    folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOTCORE_STORE__URL", "postgresql://ana:s3cret@127.0.0.1:1/db")

    for command in ("check", "upgrade"):
        code, said = run(command)
        assert (code, said.count("\n"), "s3cret" in said) == (74, 1, False), said


def test_every_way_to_write_the_scheme_is_understood() -> None:
    from botcore.store.place import read_url

    for scheme in ("postgres", "postgresql", "postgresql+psycopg"):
        assert read_url(f"{scheme}://ana@host/db") == make_url("postgresql+psycopg://ana@host/db")
        assert isinstance(read_url(f"{scheme}://ana@host/db"), URL)
