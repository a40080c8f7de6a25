"""`botcore plugins …`. Imported for every `--help`, so libraries wait until they are needed."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer(
    name="plugins", help="See which plugins there are, and ask one again that failed.", no_args_is_help=True
)


@app.command("list")
def list_(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Show the installed plugins, their commands, and which of them the bot leaves alone."""
    from botcore.cli.run import run_async
    from botcore.cli.show import print_json
    from botcore.config import load_settings
    from botcore.config_check import named_in
    from botcore.control.client import owner_status
    from botcore.discovery import load_plugins

    settings = load_settings()
    report = run_async(owner_status(settings.data_folder))
    resting = report.resting if report else []
    plugins = load_plugins(named_in(settings.plugins, "plugins"))
    if as_json:
        print_json(
            [
                {
                    "name": p.name,
                    "commands": sorted(p.commands),
                    "capabilities": sorted(p.capabilities),
                    "schedules": {name: planned.cron for name, planned in sorted(p.planned.items())},
                    "rests": p.name in resting,
                }
                for p in plugins
            ]
        )
        return
    for plugin in plugins:
        commands = " ".join(f"/{name}" for name in sorted(plugin.commands))
        rests = "  fails every time and is left alone" if plugin.name in resting else ""
        may = f"  may: {', '.join(sorted(plugin.capabilities))}" if plugin.capabilities else ""
        times = [f"{name} ({planned.cron})" for name, planned in sorted(plugin.planned.items())]
        offers = f"  at times: {', '.join(times)}" if times else ""
        typer.echo(f"{plugin.name:<12} {commands}{may}{offers}{rests}".rstrip())


@app.command()
def enable(name: Annotated[str, typer.Argument(help="The plugin's name.")]) -> None:
    """Ask a plugin again that the bot leaves alone, without waiting for the end of its rest."""
    from botcore.cli.outbox import ask_for
    from botcore.errors import InputError

    if not ask_for("plugins-enable", plugin=name):
        raise InputError(f"Nothing keeps a plugin {name} from being asked. `botcore plugins list` shows all.")
    typer.echo(f"{name} is asked again.")
