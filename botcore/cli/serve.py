"""`botcore run` and `botcore status`. Imported for every `--help`, so libraries wait till they are needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from botcore.adapter import Adapter
    from botcore.config import Settings

app = typer.Typer()


@app.command()
def run() -> None:
    """Run the bot, with every adapter that the configuration names."""
    from botcore.cli.run import run_async

    run_async(_run())


async def _run() -> None:
    from botcore.app import open_adapters, open_bot
    from botcore.cli.signals import BOTH, ending_by
    from botcore.config import load_settings
    from botcore.config_check import check_tables

    with ending_by(BOTH) as stop:
        settings = load_settings(check=check_tables)
        adapters = open_adapters(settings)
        async with open_bot(settings, adapters, keeps_adapters=True) as bot:
            typer.echo(_greeting(settings, adapters))
            await bot.run(stop)


def _greeting(settings: Settings, adapters: Sequence[Adapter]) -> str:
    import os

    names = ", ".join(adapter.name for adapter in adapters)
    serves = f"It serves {names}." if names else "botcore.toml has no table [adapters.NAME] to serve."
    return (
        f"botcore runs as process {os.getpid()} over {settings.data_folder}. {serves}\n"
        "`botcore chat` and `botcore status` reach it. Ctrl-C or SIGTERM ends it in good order, "
        "a second one at once."
    )
