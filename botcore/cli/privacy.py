"""`botcore privacy …`. Imported for every `--help`, so libraries wait until they are needed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from botcore.cli.access import User
from botcore.cli.outbox import AsJson, ask_for

app = typer.Typer(
    name="privacy",
    help="Show or delete what is kept of people, and say for how long.",
    no_args_is_help=True,
)


@app.command()
def export(
    user: User,
    output: Annotated[
        Path | None, typer.Option(help="A new file, for you only; the terminal without it.", metavar="FILE")
    ] = None,
) -> None:
    """Show everything that is stored of a person, as JSON."""
    import os

    from botcore.errors import InputError

    found = ask_for("privacy-export", user=user)
    if output is None:
        typer.echo(found)
        return
    try:
        descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise InputError(f"{output} can't be written: {error.strerror}.") from error
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(found)
    typer.echo(f"{output} holds everything that is stored of {user}.")


@app.command()
def forget(
    user: User, yes: Annotated[bool, typer.Option("--yes", help="Don't ask whether you mean it.")] = False
) -> None:
    """Delete what a person wrote, what was answered, and what plugins keep of them."""
    if not yes:
        typer.confirm(f"Delete everything that is stored of {user}? It can't be taken back", abort=True)
    count = ask_for("privacy-forget", user=user)
    typer.echo(f"{count:,} messages of {user} are deleted, with what rested on them.")


@app.command()
def retention(
    chat: Annotated[str | None, typer.Argument(help="PLATFORM:ID of a chat.", metavar="[CHAT]")] = None,
    days: Annotated[
        str | None, typer.Argument(help="A number, 0 for ever, or “default”.", metavar="[DAYS]")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show for how many days each chat is remembered, or set it for one. A sweep each day does the rest."""
    from botcore.access.privacy_command import parse_days
    from botcore.access.texts import kept_for
    from botcore.config import load_settings

    default = load_settings().access.retention_days
    if chat is None or days is None:
        _list(chat, default, as_json=as_json)
        return
    number = None if days == "default" else parse_days(days)
    ask_for("privacy-retention", chat=chat, days=number)
    typer.echo(f"{chat} is remembered {kept_for(default if number is None else number)} from now on.")


@app.command()
def sweep() -> None:
    """Delete what is too old now, as the bot does once a day."""
    typer.echo(f"{ask_for('privacy-sweep'):,} messages were too old.")


def _list(chat: str | None, default: int, *, as_json: bool) -> None:
    from botcore.access.texts import kept_for
    from botcore.cli.show import print_json, print_table

    chats = [one for one in ask_for("privacy-retentions") if chat in (None, one["known_as"])]
    if as_json:
        print_json(chats)
        return
    for one in chats:
        one["kept"] = f"{kept_for(default)} (default)" if one["days"] is None else kept_for(one["days"])
    print_table(("known_as", "kept"), chats)
