"""`botcore dead …`. Imported for every `--help`, so libraries wait until they are needed."""

from __future__ import annotations

from typing import Annotated

import typer

from botcore.cli.outbox import AsJson, WithText, ask_for, place, show_entries

app = typer.Typer(
    name="dead", help="See what was given up, and put it back or drop it.", no_args_is_help=True
)

Ids = Annotated[
    list[str] | None, typer.Argument(help="As `botcore dead list` shows them.", metavar="[ID]...")
]
All = Annotated[bool, typer.Option("--all", help="Everything that was given up.")]


@app.command("list")
def list_(with_text: WithText = False, as_json: AsJson = False) -> None:
    """Show the messages (m…) and the parts of answers (p…) that were given up, or are in doubt."""
    from botcore.cli.show import print_json

    letters = [place(letter, with_text=with_text) for letter in ask_for("dead-list")]
    if as_json:
        print_json(letters)
    else:
        columns = ("id", "state", "age", "chat", "failures", "crashes")
        show_entries(letters, columns, "Nothing was given up.")


@app.command()
def retry(ids: Ids = None, everything: All = False, as_json: AsJson = False) -> None:
    """Answer messages anew, and send parts again. A part in doubt may then arrive twice."""
    _change("dead-retry", "Put back", ids, everything=everything, as_json=as_json)


@app.command()
def drop(ids: Ids = None, everything: All = False, as_json: AsJson = False) -> None:
    """Forget messages and parts that were given up."""
    _change("dead-drop", "Dropped", ids, everything=everything, as_json=as_json)


def _change(operation: str, done: str, ids: list[str] | None, *, everything: bool, as_json: bool) -> None:
    from botcore.cli.show import print_json
    from botcore.errors import InputError

    if bool(ids) == everything:
        raise InputError("Name what `botcore dead list` shows, or --all.")
    changed = ask_for(operation, ids=None if everything else ids)
    if as_json:
        print_json(changed)
    else:
        typer.echo(f"{done}: {', '.join(changed) or 'nothing'}.")
