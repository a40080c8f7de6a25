"""Summarizes the threads of a file, one after the other."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path

from rich.console import Console
from rich.markdown import Markdown
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from botcore.config import load_settings
from botcore.exports import Meter
from botcore.sharing import open_engine
from botcore_summarize.chat_files import read_file
from botcore_summarize.render import as_json as to_json
from botcore_summarize.render import as_markdown
from botcore_summarize.settings import SummarizeSettings
from botcore_summarize.summarizer import Progress, summarize_talk
from botcore_summarize.summary import Summary
from botcore_summarize.talk import Talk

OnProgress = Callable[[Progress], None]


async def summarize_file(
    file: Path, *, chat: str | None, thread: str | None, last: int | None, as_json: bool
) -> None:
    """Print a summary of the chat or of each thread that was asked for."""
    settings = load_settings()
    own_settings = settings.plugin_settings("summarize", SummarizeSettings)
    with shown_progress([]) as on_progress:
        talks = read_file(
            file, chat=chat, thread=thread, last=last, on_read=lambda meter: on_progress(_reading(meter))
        )
    async with open_engine(settings) as engine:
        with shown_progress(talks) as on_progress:
            on_progress(Progress("The model is loading", 0, 1))
            await engine.ready()
        for talk in talks:
            with shown_progress(talks, talk) as on_progress:
                summary = await summarize_talk(
                    talk, engine, window_tokens=own_settings.window_tokens, on_progress=on_progress
                )
            show(summary, as_json=as_json, titled=len(talks) > 1)


def _reading(meter: Meter) -> Progress:
    return Progress("Reading the file (MiB)", meter.done >> 20, max(1, meter.total >> 20))


def show(summary: Summary, *, as_json: bool, titled: bool) -> None:
    """Print a summary: as JSON, rendered on a terminal, or as Markdown for whatever reads it."""
    if isinstance(sys.stdout, TextIOWrapper):  # an encoding without some character ends no summary
        sys.stdout.reconfigure(errors="replace")
    if as_json:
        sys.stdout.write(json.dumps(to_json(summary), ensure_ascii=False) + "\n")
        sys.stdout.flush()
        return
    text = as_markdown(summary)
    if titled:
        text = f"## {summary.talk.name}\n\n{text}"
    if sys.stdout.isatty():
        Console().print(Markdown(text), end="\n\n")
    else:
        sys.stdout.write(text + "\n\n")
    sys.stdout.flush()


@contextmanager
def shown_progress(talks: list[Talk], talk: Talk | None = None) -> Iterator[OnProgress]:
    """Show how far it is, on a terminal; elsewhere nobody would read it."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda progress: None
        return
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Bar(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=None)
        title = f"{talk.name}: " if talk and len(talks) > 1 else ""

        def update(progress: Progress) -> None:
            bar.update(task, description=title + progress.text, completed=progress.done, total=progress.total)

        yield update
