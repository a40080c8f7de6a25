"""Copies of a database, made while a bot writes to it."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import URL

from botcore.errors import InputError, StoreError
from botcore.store.place import Place, show


def back_up(place: Place, target: Path) -> None:
    """Copy a database to a new file, for its user's eyes only; it has its name only when it is whole.

    Of a PostgreSQL database the file is an archive for pg_restore. `InputError`: the file can't be
    written. `StoreError`: no copy could be made.
    """
    if isinstance(place, Path) and not place.exists():
        raise InputError(f"There is no database yet: {place} does not exist.")
    with _new_file(target) as file:
        if isinstance(place, Path):
            _copy(place, file)
        else:
            _dump(place, file)


@contextmanager
def _new_file(target: Path) -> Iterator[Path]:
    """Hand out a file beside the target that becomes it at the end."""
    if target.exists():
        raise InputError(f"{target} exists already; name a file that does not.")
    file = target.with_name(f"{target.name}.tmp")
    try:
        file.unlink(missing_ok=True)
        file.touch(mode=0o600)
        yield file
        with file.open("rb") as written:
            os.fsync(written.fileno())
        file.rename(target)
    except OSError as error:
        raise InputError(f"{target} can't be written: {error.strerror}.") from error
    finally:
        file.unlink(missing_ok=True)


def _copy(path: Path, file: Path) -> None:
    try:
        with closing(sqlite3.connect(path, timeout=30)) as source, closing(sqlite3.connect(file)) as target:
            source.backup(target)  # in one step: a copy in several begins anew whenever the bot writes
            target.execute("PRAGMA journal_mode=DELETE")  # one file, with nothing beside it
            [(verdict,)] = target.execute("PRAGMA integrity_check(1)").fetchall()
    except sqlite3.Error as error:
        raise StoreError(f"{path} can't be copied: {error}.") from error
    if verdict != "ok":
        raise StoreError(
            f"{path} is damaged, and so would be its copy: {' '.join(verdict.split())}. Keep your older "
            "backups, and see `botcore db check`."
        )


def _dump(url: URL, file: Path) -> None:
    program = shutil.which("pg_dump")
    if program is None:
        raise StoreError(
            "A backup of a PostgreSQL database is made by its pg_dump, which is not installed here: "
            "install your system's postgresql-client."
        )
    address = url.set(drivername="postgresql", password=None).render_as_string()
    # The password goes through the environment, as other users can read a command line.
    secret = {"PGPASSWORD": str(url.password)} if url.password else {}
    done = subprocess.run(  # noqa: S603  # every argument is ours
        [program, "--format=custom", "--no-password", f"--file={file}", f"--dbname={address}"],
        env={**os.environ, **secret},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise StoreError(f"{show(url)} can't be copied: {' '.join(done.stderr.split())}")
