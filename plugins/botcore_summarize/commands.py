"""`botcore summarize FILE`. Imported for every `--help`, so libraries wait until they are needed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer()
FILE_HELP = "An export of Slack or Telegram Desktop, or lines like “10:42 Ana: hello”."


@app.command()
def summarize(
    file: Annotated[Path, typer.Argument(help=FILE_HELP)],
    chat: Annotated[
        str | None, typer.Option(help="The chat of this name or id, where there are several.", metavar="NAME")
    ] = None,
    thread: Annotated[
        str | None, typer.Option(help="Only the thread of this name or id; all without it.", metavar="NAME")
    ] = None,
    last: Annotated[int | None, typer.Option(help="Only the last N messages.", min=1, metavar="N")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, one line a thread.")] = False,
) -> None:
    """Summarize an export, every line with its sources."""
    from botcore.cli.run import run_async
    from botcore_summarize.file_command import summarize_file

    run_async(summarize_file(file, chat=chat, thread=thread, last=last, as_json=as_json))
