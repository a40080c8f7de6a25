"""`botcore slack …`. Imported for every `--help`, so libraries wait until they are needed."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer(name="slack", help="Describe the app to Slack, and keep its tokens.", no_args_is_help=True)


Name = Annotated[str, typer.Option(help="What the app and its bot are called.")]
Http = Annotated[
    bool, typer.Option("--http", help="Slack calls the bot, instead of the bot opening sockets.")
]
PublicUrl = Annotated[
    str, typer.Option(help="Where Slack and browsers reach the bot, for --http and --many.", metavar="URL")
]
Many = Annotated[bool, typer.Option("--many", help="Workspaces install the app themselves (OAuth).")]
OneCommand = Annotated[
    bool, typer.Option("--one-command", help="Only /botcore: other apps may have the other names.")
]
NoAssistant = Annotated[
    bool, typer.Option("--no-assistant", help="Leave the assistant pane out, which free plans lack.")
]
Yaml = Annotated[bool, typer.Option("--yaml", help="Write YAML instead of JSON.")]
Link = Annotated[
    bool, typer.Option("--link", help="Write an address at which Slack has it filled in already.")
]
Explain = Annotated[
    bool, typer.Option("--explain", help="Say what each permission is for, instead of the manifest.")
]


@app.command()
def manifest(
    name: Name = "botcore",
    http: Http = False,
    public_url: PublicUrl = "",
    many: Many = False,
    one_command: OneCommand = False,
    no_assistant: NoAssistant = False,
    yaml: Yaml = False,
    link: Link = False,
    explain: Explain = False,
) -> None:
    """Print the app's manifest, to be pasted at api.slack.com/apps (Create New App, From a manifest)."""
    from botcore_slack.manifest import AppWish
    from botcore_slack.operating import described, explained

    wish = AppWish(name, http, public_url, many, one_command, assistant=not no_assistant)
    form = "link" if link else "yaml" if yaml else "json"
    typer.echo(explained(wish) if explain else described(wish, form))


@app.command("new-key")
def new_key() -> None:
    """Make a key to encrypt the workspaces' tokens with: BOTCORE_SLACK__INSTALLATION_KEY."""
    from botcore_slack.keys import new_key

    typer.echo(new_key())


@app.command()
def reencrypt() -> None:
    """Encrypt the workspaces' tokens with the first of the keys, as a start does. The bot must not run."""
    from botcore.cli.run import run_async
    from botcore_slack.operating import encrypt_again

    typer.echo(run_async(encrypt_again()))
