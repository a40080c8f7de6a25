"""`botcore run` and `botcore status`. Imported for every `--help`, so libraries wait till they are needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from botcore.adapter import Adapter
    from botcore.config import Settings
    from botcore.control.wire import AdapterReport, StatusReport

app = typer.Typer()

SWITCH_SECONDS = 0.001  # so long, and not 5 ms, the loop and the database's threads wait for each other
NOT_RUNNING = 3  # what `status` commands of services answer by custom


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
    from botcore.operation import serving

    with ending_by(BOTH) as stop:
        settings = load_settings(check=check_tables)
        adapters = open_adapters(settings)
        async with (
            open_bot(settings, adapters, keeps_adapters=True) as bot,
            serving(settings.operation, bot),
        ):
            _tune_interpreter()
            typer.echo(_greeting(settings, adapters))
            await bot.run(stop)


def _tune_interpreter() -> None:
    """Let a process that will run for long lose less time to the interpreter's own work."""
    import gc
    import sys

    gc.freeze()  # what is there now stays, and need not be looked through again and again
    sys.setswitchinterval(SWITCH_SECONDS)


def _greeting(settings: Settings, adapters: Sequence[Adapter]) -> str:
    import os

    names = ", ".join(adapter.name for adapter in adapters)
    serves = f"It serves {names}." if names else "botcore.toml has no table [adapters.NAME] to serve."
    return (
        f"botcore runs as process {os.getpid()} over {settings.data_folder}. {serves}\n"
        "`botcore chat` and `botcore status` reach it. Ctrl-C or SIGTERM ends it in good order, "
        "a second one at once."
    )


@app.command()
def status(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Say whether a bot runs over the data folder, and how it is. Exit code 3 when none does."""
    from botcore.cli.run import run_async
    from botcore.cli.show import print_json
    from botcore.config import load_settings
    from botcore.control.client import owner_status
    from botcore.control.wire import dump

    settings = load_settings()
    report = run_async(owner_status(settings.data_folder))
    if as_json:
        print_json(dump(report) if report else None)
    else:
        typer.echo("\n".join(_told(report)) if report else f"Not running over {settings.data_folder}.")
    if not report:
        raise typer.Exit(NOT_RUNNING)


def _told(report: StatusReport) -> list[str]:
    from botcore.cli.show import age

    engine = report.engine
    about = f" ({engine.detail})" if engine.detail else ""
    lines = [
        f"`{report.command}` runs as process {report.pid}, for {age(report.since)} now.",
        f"data folder  {report.data_folder}",
        f"model        {engine.model or 'unknown'}: {engine.state}{about}, "
        f"{engine.running} answering, {engine.waiting} waiting",
        f"messages     {_counts(report.inbox)}",
        f"deliveries   {_counts(report.outbox)}",
    ]
    lines += [f"adapter      {_adapter(adapter)}" for adapter in report.adapters]
    return [*lines, *(f"plugin       {name} fails every time and is left alone" for name in report.resting)]


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{number} {state}" for state, number in sorted(counts.items())) or "none open"


def _adapter(adapter: AdapterReport) -> str:
    from botcore.cli.show import age

    whose = f" of process {adapter.pid}" if adapter.pid else ""
    told = f"{adapter.name}{whose}: {adapter.state} for {age(adapter.since)}"
    failed = f", failed {adapter.failures} times" if adapter.failures else ""
    return f"{told}{failed}{f' ({adapter.detail})' if adapter.detail else ''}"
