"""What `botcore model list`, `remove` and `use` show and ask."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from botcore.cli.run import run_async
from botcore.cli.show import print_json, print_table
from botcore.config import load_settings
from botcore.control.client import reach
from botcore_llama.keeping import Kept, kept, plan_removal, remove, unfinished, use
from botcore_llama.memory import gigabytes
from botcore_llama.models_folder import models_folder


def run_list(*, as_json: bool) -> None:
    """Show what is here, and what has begun to arrive."""
    settings = load_settings()
    rows = [_row(one) for one in kept(settings)]
    arriving = list(unfinished(settings.data_folder))
    if as_json:
        print_json(
            {"models": rows, "unfinished": [{"folder": name, "bytes": size} for name, size in arriving]}
        )
        return
    shown = [
        {
            **row,
            "size": gigabytes(row["bytes"]) if row["bytes"] else "",
            "parameters": _counted(row["parameters"]) if row["parameters"] else "",
            "context": f"{row['context']:,}" if row["context"] else "",
            "used": _used(row),
        }
        for row in rows
    ]
    print_table(("name", "parameters", "as", "size", "context", "used"), shown)
    for row in rows:
        if row["trouble"]:
            typer.echo(f"\n{row['name']} can't be used: {row['trouble']}")
    for name, size in arriving:
        typer.echo(f"\nUnfinished: {gigabytes(size)} in {models_folder(settings.data_folder) / name}")
        typer.echo("`botcore model pull` goes on with it, `botcore model remove` removes it.")


def _row(one: Kept) -> dict[str, Any]:
    files = one.files
    return {
        "name": one.name,
        "folder": str(one.folder),
        "parameters": files.parameters if files else 0,
        "as": files.weights_type if files else "",
        "bytes": files.size if files else 0,
        "context": files.context_tokens if files else 0,
        "configured": one.is_configured,
        "loaded": one.is_loaded,
        "trouble": one.trouble,
    }


def _counted(parameters: int) -> str:
    if parameters < 1e9:
        return f"{parameters / 1e6:,.1f} million"
    return f"{parameters / 1e9:,.2f} billion"


def _used(row: dict[str, Any]) -> str:
    words = [word for word in ("configured", "loaded") if row[word]]
    return ", ".join(words) or ("no: it can't be" if row["trouble"] else "")


def run_remove(name: str, *, yes: bool) -> None:
    """Remove a model, after a question."""
    settings = load_settings()
    removal = plan_removal(name, settings)
    size = gigabytes(removal.size)
    if not yes:
        typer.confirm(f"Remove {name} ({size})?", abort=True)
    remove(removal, settings.data_folder)
    typer.echo(f"{name} is removed; {size} are free again.")


def run_use(name: str) -> None:
    """Write a model into the configuration, and have a bot that runs take it."""
    settings = load_settings()
    files, file = use(name, settings)
    typer.echo(f"{file} names {files.name} now ({gigabytes(files.size)}).")
    if settings.data_folder.exists():
        run_async(_hand_over(settings.data_folder, files.folder))


async def _hand_over(data_folder: Path, folder: Path) -> None:
    async with reach(data_folder) as owner:
        if owner is None:
            typer.echo("No bot runs here; the next one starts with it.")
            return
        typer.echo(
            f"The bot that runs (process {owner.greeting.pid}) takes it over, after the answers under way …"
        )
        await owner.post("/engine/model", {"model": str(folder)})
        await owner.get("/engine/ready")
        typer.echo("It answers with it now.")
