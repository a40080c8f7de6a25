"""`botcore db`: bring the database up to date, copy it, look whether it is sound."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from botcore.cli.run import run_async

app = typer.Typer()
db = typer.Typer(no_args_is_help=True, help="Bring the database up to date, copy it, check it.")
app.add_typer(db, name="db")


@db.command()
def upgrade() -> None:
    """Bring the database to this version's schema, as a start does too. The bot must not run."""
    from botcore.app import open_store, prepare_folder
    from botcore.config import load_settings
    from botcore.owner import own

    settings = load_settings()

    async def run() -> None:
        folder = prepare_folder(settings.data_folder)
        with own(folder):
            async with open_store(settings, folder):
                pass

    run_async(run())
    typer.echo("The database is up to date.")


@db.command()
def backup(
    file: Annotated[Path | None, typer.Argument(help="Where to; by default named after the time.")] = None,
) -> None:
    """Copy the database to a new file. The bot may run meanwhile."""
    from botcore.config import load_settings
    from botcore.store.backup import back_up
    from botcore.store.place import place_of

    settings = load_settings()
    place = place_of(settings.store, settings.data_folder)
    ending = "db" if isinstance(place, Path) else "dump"
    target = file or Path(f"botcore-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.{ending}")
    back_up(place, target)
    typer.echo(f"{target} is a whole copy ({target.stat().st_size:,} bytes).")


@db.command()
def check() -> None:
    """Read the whole database, say whether it is sound and what it holds. The bot may run meanwhile."""
    from botcore.config import load_settings
    from botcore.store.check import examine
    from botcore.store.place import place_of, show

    settings = load_settings()
    place = place_of(settings.store, settings.data_folder)
    report = examine(place)
    note = "" if report.is_current else ", which is not this version's: see `botcore db upgrade`"
    typer.echo(f"{show(place)} is sound. Schema {report.revision}{note}.")
    typer.echo(f"messages {report.messages}")
    for name, states in (("inbox", report.inbox), ("outbox", report.outbox)):
        typer.echo(f"{name} {', '.join(f'{state} {n}' for state, n in states.items()) or 'empty'}")
