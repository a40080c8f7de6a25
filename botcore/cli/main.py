"""Collects the commands of every installed package and speaks of errors in one line."""

from __future__ import annotations

import os
import sys
from importlib.metadata import entry_points, version
from typing import Annotated

import typer

from botcore.errors import UserError

COMMANDS = "botcore.commands"
CONFIG_VARIABLE = "BOTCORE_CONFIG"
DEBUG_VARIABLE = "BOTCORE_DEBUG"
INTERRUPTED = 130  # 128 + SIGINT


def build_app() -> typer.Typer:
    """Return the command with all its subcommands."""
    app = typer.Typer(
        name="botcore",
        help="A private Llama 3 assistant for the places where a team already talks.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
    )
    app.callback()(_options)
    for point in sorted(entry_points(group=COMMANDS), key=lambda point: point.name):
        app.add_typer(point.load())
    return app


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"botcore {version('botcore-platform')}")
        raise typer.Exit


def _options(
    config: Annotated[str, typer.Option(help="The configuration file.", metavar="FILE")] = "",
    debug: Annotated[bool, typer.Option(help="Show where an error comes from.")] = False,
    show_version: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    # Through the environment, so that a command and the processes it starts read the same.
    if config:
        os.environ[CONFIG_VARIABLE] = config
    if debug:
        os.environ[DEBUG_VARIABLE] = "1"


def main() -> None:
    """Run the command line; an error a person can act on is one line and a code of its own."""
    try:
        build_app()()
    except UserError as error:
        if os.environ.get(DEBUG_VARIABLE):
            raise
        print(f"botcore: {error}", file=sys.stderr)  # noqa: T201  # nothing else is set up by now
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
