"""`botcore slack …`. Imported for every `--help`, so libraries wait until they are needed."""

from __future__ import annotations

import typer

app = typer.Typer(name="slack", help="Describe the app to Slack, and keep its tokens.", no_args_is_help=True)


@app.command("new-key")
def new_key() -> None:
    """Make a key to encrypt the workspaces' tokens with: installation_key."""
    from botcore_slack.keys import new_key

    typer.echo(new_key())


@app.callback()
def slack() -> None:
    """Describe the app to Slack, and keep its tokens."""
