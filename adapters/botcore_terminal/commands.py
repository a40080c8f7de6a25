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
    from botcore_terminal.adapter import TerminalAdapter
    from botcore_terminal.prompt import Prompt
    from botcore_terminal.screen import Screen

app = typer.Typer()

GOES_ON = "The botcore that answered here has ended; this chat goes on by itself."
COMES_BACK = "The botcore that answered here has ended. Waiting for it to come back …"


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
    from botcore import OwnerGone
    from botcore.app import prepare_folder
    from botcore.config import load_settings
    from botcore.config_check import check_core_tables
    from botcore_terminal.adapter import HISTORY, TerminalAdapter
    from botcore_terminal.prompt import Prompt

    settings = load_settings(check=check_core_tables)
    prompt = Prompt(history=prepare_folder(settings.data_folder) / HISTORY)
    adapter = TerminalAdapter(lines=prompt, screen=screen)
    may_own = await _chat_once(settings, adapter, prompt, greet=True)
    while may_own is not None:
        screen.note(GOES_ON if may_own else COMES_BACK)
        try:
            may_own = await _chat_once(settings, adapter, prompt, may_own=may_own)
        except OwnerGone:
            raise OwnerGone("It has not come back. `botcore chat` starts one of its own.") from None


async def _chat_once(
    settings: Settings, adapter: TerminalAdapter, prompt: Prompt, *, greet: bool = False, may_own: bool = True
) -> bool | None:
    """Chat as long as the bot is there. None: the chat is over; else whether to go on by ourselves."""
    from botcore import OwnerGone
    from botcore.cli.signals import ONLY_SIGTERM, ending_by
    from botcore.sharing import open_shared_bot
    from botcore_terminal.banner import banner

    async with open_shared_bot(settings, adapter, may_own=may_own) as bot:
        prompt.offer(bot.commands)
        if greet:
            adapter.screen.note(banner(await bot.engine.status()))
        with ending_by(ONLY_SIGTERM) as stop:
            try:
                await bot.run(stop)
            except OwnerGone:
                return not bot.lasts
    return None


async def _ask(question: str, screen: Screen) -> None:
    """Answer by the model of the bot that is up, or by one of our own, and remember nothing."""
    from tempfile import TemporaryDirectory

    from botcore import InputError, UserError
    from botcore.cli.signals import ONLY_SIGTERM, ending_by
    from botcore.config import load_settings
    from botcore.config_check import check_core_tables
    from botcore.sharing import open_engine, open_private_bot
    from botcore_terminal.adapter import TerminalAdapter
    from botcore_terminal.lines import OneQuestion

    if not question.strip():
        raise InputError('There is no question. Pipe one in, or type it: botcore ask "…"')
    adapter = TerminalAdapter(lines=OneQuestion(question), screen=screen)
    settings = load_settings(check=check_core_tables)
    with TemporaryDirectory(prefix="botcore-") as folder:
        async with open_engine(settings) as engine:
            await _until_ready(engine, screen)
            async with open_private_bot(settings, [adapter], engine, Path(folder)) as bot:
                with ending_by(ONLY_SIGTERM) as stop:
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


def _read_stdin() -> str:
    return sys.stdin.buffer.read().decode("utf-8", errors="replace").strip()
