"""`botcore init`. Imported for every `--help`, so libraries wait until they are needed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from botcore.adapter import Introduces, Introduction

app = typer.Typer()

TRIES = 3


@app.command()
def init(
    platform: Annotated[
        str | None, typer.Option(help="Where people will write to the bot, as telegram.", metavar="NAME")
    ] = None,
    token_file: Annotated[
        Path | None,
        typer.Option(help="A file that holds the platform's secrets, a line each, instead of typing them."),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(help="A model's name or folder; “bundled” is the small one for a first look."),
    ] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="A key of the platform's table.", metavar="KEY=VALUE")
    ] = None,
    add: Annotated[
        bool, typer.Option("--add", help="Add another platform to the configuration that is there.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing that has a usual answer.")] = False,
) -> None:
    """Set a bot up: ask for platform, token and model, check each, write botcore.toml and secrets.env."""
    from botcore import setting_up
    from botcore.config_document import configuration_file

    configuration = configuration_file()
    if not add:
        setting_up.refuse_to_overwrite(configuration)
    platform = platform or _platform(setting_up.platforms(), yes=yes)
    factory = setting_up.factory_of(platform)
    if add:
        setting_up.refuse_a_second_table(configuration, platform)
    more = setting_up.own_settings(settings or ())
    secrets, introduction = _introduced(factory, more, token_file)
    typer.echo(f"{platform.title()} knows the bot as {introduction.name}.")
    model = "" if add else _model(model, yes=yes)
    chosen = setting_up.Chosen(platform, {**more, **secrets.plain}, secrets.secret, model)
    (setting_up.add if add else setting_up.write_down)(configuration, chosen)
    typer.echo(setting_up.next_steps(configuration, introduction, _owner_code()))


class _Answers:
    """What was answered to a platform's questions."""

    def __init__(self) -> None:
        self.plain: dict[str, str] = {}
        self.secret: dict[str, str] = {}


def _platform(known: list[str], *, yes: bool) -> str:
    from botcore.errors import InputError

    if not known:
        raise InputError("No platform is installed that can be set up here. `botcore chat` needs none.")
    if yes and len(known) == 1:
        return known[0]
    answer: str = typer.prompt(f"Where will people write to the bot? ({', '.join(known)})", default=known[0])
    return answer


def _introduced(
    factory: Introduces, more: dict[str, str], token_file: Path | None
) -> tuple[_Answers, Introduction]:
    """Ask what the platform needs until it knows the bot."""
    from botcore.cli.run import run_async
    from botcore.setting_up import ask_again

    def ask() -> tuple[_Answers, Introduction]:
        answers, kept = _Answers(), _kept(token_file)
        for question in factory.questions:
            key, value = question.when
            if more.get(key, "") != value:
                continue
            if question.is_secret:
                answers.secret[question.key] = next(kept, "") if token_file else _secret(question.text)
            else:
                answers.plain[question.key] = typer.prompt(question.text)
        everything: dict[str, Any] = {**more, **answers.plain, **answers.secret}
        return answers, run_async(factory.introduce(everything))

    introduced: tuple[_Answers, Introduction] = ask_again(ask, typer.echo, 1 if token_file else TRIES)
    return introduced


def _kept(file: Path | None) -> Iterator[str]:
    """Yield the secrets of a file: a line each, in the order in which they would be asked."""
    from botcore.errors import InputError

    if file is None:
        return
    try:
        lines = file.expanduser().read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file} can't be read as a text: {error}.") from error
    yield from (line.strip() for line in lines if line.strip())


def _secret(text: str) -> str:
    if not sys.stdin.isatty():
        typer.echo(f"{text}:")
        return sys.stdin.readline().strip()
    answer: str = typer.prompt(text, hide_input=True)
    return answer.strip()


def _model(given: str | None, *, yes: bool) -> str:
    """Return a model that was looked at, by its name or its folder; empty for the bundled one."""
    from botcore.setting_up import ask_again, check_model

    def ask() -> str:
        answer = given
        if answer is None:
            answer = "bundled" if yes else typer.prompt("The model (a name or a folder)", default="bundled")
        path = Path(answer).expanduser()
        folder = "" if answer == "bundled" else str(path.resolve()) if path.exists() else answer
        typer.echo(f"The model is {check_model(folder)}.")
        return folder

    folder: str = ask_again(ask, typer.echo, 1 if given is not None or yes else TRIES)
    return folder


def _owner_code() -> str:
    from botcore.cli.outbox import ask_for

    code: str = ask_for("access-owner-code")
    return code
