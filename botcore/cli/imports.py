"""`botcore import FILE`. Imported for every `--help`, so libraries wait until they are needed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer()


@app.command("import")
def import_(
    file: Annotated[
        Path, typer.Argument(help="An export of Slack or Telegram Desktop, or lines like “10:42 Ana: hello”.")
    ],
    chat: Annotated[
        str | None, typer.Option(help="Only the chat of this name or id.", metavar="NAME")
    ] = None,
    platform: Annotated[
        str | None, typer.Option(help="Where it was said, if the file doesn't tell.", metavar="NAME")
    ] = None,
    tenant: Annotated[
        str | None, typer.Option(help="The workspace's or the bot's id on that platform.", metavar="ID")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Bring what was said before into the bot's memory. Twice is as good as once."""
    from botcore.cli.import_command import import_file
    from botcore.cli.run import run_async

    run_async(import_file(file, chat=chat, platform=platform, tenant=tenant, as_json=as_json))
