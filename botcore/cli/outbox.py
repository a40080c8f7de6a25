"""`botcore outbox`. Imported for every `--help`, so libraries wait until they are needed."""

from __future__ import annotations

from typing import Annotated, Any

import typer

app = typer.Typer()

WithText = Annotated[bool, typer.Option("--text", help="Show what was written, too.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
def outbox(with_text: WithText = False, as_json: AsJson = False) -> None:
    """Show what was not delivered: what waits, and what may or may not have arrived."""
    from botcore.cli.show import print_json

    entries = [place(entry, with_text=with_text) for entry in ask_for("outbox")]
    if as_json:
        print_json(entries)
    else:
        show_entries(entries, ("id", "state", "age", "chat"), "Nothing waits to be delivered.")


def ask_for(operation: str, **parameters: Any) -> Any:
    """Run an operation on the store: in the bot that is up, or in this process when none is."""
    from botcore.cli.run import run_async
    from botcore.config import load_settings
    from botcore.sharing import open_operations

    async def ask() -> Any:
        async with open_operations(load_settings()) as operate:
            return await operate(operation, **parameters)

    return run_async(ask())


def place(entry: dict[str, Any], *, with_text: bool) -> dict[str, Any]:
    """Return an entry as it is shown: with its chat in one, and with a text only for who wants it."""
    names = [entry.pop(name) for name in ("platform", "chat", "thread")]
    entry["chat"] = "/".join(filter(None, names))
    if not with_text:
        del entry["text"]
    return entry


def show_entries(entries: list[dict[str, Any]], columns: tuple[str, ...], nothing: str) -> None:
    from botcore.cli.show import age, print_table

    if not entries:
        typer.echo(nothing)
        return
    for entry in entries:
        entry["age"] = age(entry.get("at") or entry["created_at"])
    print_table((*columns, "text") if "text" in entries[0] else columns, entries)
