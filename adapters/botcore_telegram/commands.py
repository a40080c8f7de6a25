"""`botcore telegram …`. Imported for every `--help`, so libraries wait until they are needed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    name="telegram", help="Tell Telegram where to call, and import its exports.", no_args_is_help=True
)

Bot = Annotated[
    str | None,
    typer.Option(
        help="Which bot, when there are several: its id, or its name in botcore.toml.", metavar="BOT"
    ),
]


@app.command("set-webhook")
def set_webhook(
    bot: Bot = None,
    remove: Annotated[bool, typer.Option("--remove", help="Let Telegram call nobody any more.")] = False,
) -> None:
    """Let Telegram call the configured webhook_url. `botcore run` does so too when it starts."""
    from botcore.cli.run import run_async
    from botcore_telegram.operating import change_webhook

    for line in run_async(change_webhook(bot, remove=remove)):
        typer.echo(line)


@app.command("import")
def import_(
    file: Annotated[
        Path, typer.Argument(help="Telegram Desktop's export as JSON: result.json, or its folder.")
    ],
    chat: Annotated[
        str | None, typer.Option(help="Only the chat of this name or id.", metavar="NAME")
    ] = None,
    bot: Bot = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Bring what was said in the bot's groups before it came into its memory. Twice is as good as once."""
    from botcore.cli.run import run_async
    from botcore_telegram.importing import import_history

    run_async(import_history(file, chat=chat, bot=bot, as_json=as_json))
