"""Where the database is: a SQLite file, or a PostgreSQL server's database."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from botcore.config import StoreSection
from botcore.errors import ConfigError

FILE = "botcore.db"
DRIVER = "postgresql+psycopg"
SCHEMES = ("postgresql", "postgres", DRIVER)
EXAMPLE = "postgresql://user:password@host/database"

Place = Path | URL


def place_of(store: StoreSection, folder: Path) -> Place:
    """Return where the configuration says that the database is; raise `ConfigError` when it is wrong."""
    if store.url is None:
        return folder / FILE
    try:
        return read_url(store.url.get_secret_value())
    except ValueError as error:
        raise ConfigError(f"store.url can't be used: {error}.") from None


def read_url(text: str) -> URL:
    """Return a PostgreSQL server's address; raise `ValueError`, which does not repeat the text."""
    try:
        url = make_url(text.strip())
    except (ArgumentError, ValueError):
        raise ValueError(f"it is no address like {EXAMPLE}") from None
    if url.drivername not in SCHEMES:
        raise ValueError(f"only PostgreSQL has an address, like {EXAMPLE}; SQLite needs none")
    if not url.database:
        raise ValueError(f"it names no database, as {EXAMPLE} does")
    return url.set(drivername=DRIVER)


def show(place: Place) -> str:
    """Return a place as a person may read it: never with its password."""
    if isinstance(place, Path):
        return str(place)
    return f"PostgreSQL's {place.database} on {place.host or place.query.get('host') or 'this machine'}"
