"""`botcore chat` and `botcore ask`. Imported for every `--help`, so libraries wait until they are needed."""

from __future__ import annotations

import sys
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from botcore import Engine
    from botcore.config import Settings
    from botcore_terminal.screen import Screen

app = typer.Typer()


@app.command()
def chat() -> None:
    """Chat in the terminal. With something piped in, answer that and nothing else."""
    from botcore.cli.run import run_async

    run_async(_chat(_screen()) if sys.stdin.isatty() else _ask(_read_stdin(), _plain_screen()))


@app.command()
def ask(question: Annotated[list[str], typer.Argument(help="What to ask, or a /command.")]) -> None:
    """Ask one question and print the answer. What is piped in belongs to the question."""
    from botcore.cli.run import run_async

    parts = [" ".join(question), "" if sys.stdin.isatty() else _read_stdin()]
    run_async(_ask("\n\n".join(filter(None, parts)), _screen()))


async def _chat(screen: Screen) -> None:
    from botcore.app import open_bot, prepare_folder
    from botcore.cli.signals import ONLY_SIGTERM, ending_by
    from botcore.config import load_settings
    from botcore.config_check import check_core_tables
    from botcore_terminal.adapter import HISTORY, TerminalAdapter
    from botcore_terminal.banner import banner
    from botcore_terminal.prompt import Prompt

    settings = load_settings(check=check_core_tables)
    prompt = Prompt(history=prepare_folder(settings.data_folder) / HISTORY)
    with ending_by(ONLY_SIGTERM) as stop:
        async with open_bot(settings, [TerminalAdapter(lines=prompt, screen=screen)]) as bot:
            prompt.offer(bot.commands)
            screen.note(banner(await bot.engine.status()))
            await bot.run(stop)


async def _ask(question: str, screen: Screen) -> None:
    """Answer without the data folder of this user: a chat that runs may own it, and nothing is remembered."""
    from tempfile import TemporaryDirectory

    from botcore import InputError, UserError
    from botcore.app import open_bot
    from botcore.cli.signals import ONLY_SIGTERM, ending_by
    from botcore.config import load_settings
    from botcore.config_check import check_core_tables
    from botcore_terminal.adapter import TerminalAdapter
    from botcore_terminal.lines import OneQuestion

    if not question.strip():
        raise InputError('There is no question. Pipe one in, or type it: botcore ask "…"')
    adapter = TerminalAdapter(lines=OneQuestion(question), screen=screen)
    settings = load_settings(check=check_core_tables)
    with TemporaryDirectory(prefix="botcore-") as folder, ending_by(ONLY_SIGTERM) as stop:
        async with open_bot(_for_one_question(settings, Path(folder)), [adapter]) as bot:
            await _until_ready(bot.engine, screen)
            await bot.run(stop)
    if adapter.failed:
        raise typer.Exit(1)  # what went wrong was shown
    if not screen.answered:
        raise UserError("There was no answer. Please try again.")


async def _until_ready(engine: Engine, screen: Screen) -> None:
    """Wait for the model; what keeps it from ever answering ends the program."""
    screen.start_work("The model is loading")
    try:
        await engine.ready()
    finally:
        screen.end_work()


def _screen() -> Screen:
    if not sys.stdout.isatty():
        return _plain_screen()
    from rich.console import Console

    from botcore_terminal.live_screen import LiveScreen

    _tolerate_encoding()
    return LiveScreen(Console())


def _plain_screen() -> Screen:
    from botcore_terminal.plain_screen import PlainScreen

    _tolerate_encoding()
    return PlainScreen(sys.stdout, sys.stderr)


def _tolerate_encoding() -> None:
    """A terminal that lacks some character ends no answer."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


def _for_one_question(settings: Settings, folder: Path) -> Settings:
    """Nobody waits for the end of an answer after Ctrl-C."""
    bot = settings.bot.model_copy(update={"data_folder": folder, "grace_seconds": 0.0})
    return settings.model_copy(update={"bot": bot})


def _read_stdin() -> str:
    return sys.stdin.buffer.read().decode("utf-8", errors="replace").strip()
