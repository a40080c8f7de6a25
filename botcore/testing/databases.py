"""Databases for tests, made quickly."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from botcore.store.migrate import upgrade
from botcore.store.place import Place


def make_database(place: Place) -> None:
    """Bring a database to this version's schema.

    A SQLite file that is not there yet is a copy of one that was made so: running the migrations takes
    longer than most tests.
    """
    if isinstance(place, Path) and not place.exists():
        place.touch(mode=0o600)
        place.write_bytes(_empty_database())
    else:
        upgrade(place)


@cache
def _empty_database() -> bytes:
    with TemporaryDirectory(prefix="botcore-") as folder:
        made = Path(folder) / "botcore.db"
        upgrade(made)
        return made.read_bytes()
