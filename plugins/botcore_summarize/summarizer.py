"""The way from a chat to its summary."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from botcore import Engine
from botcore_summarize.combining import Combiner, add_counts
from botcore_summarize.model import Model
from botcore_summarize.outline import QUOTED_OF_ALL, outline
from botcore_summarize.parts import PartReader
from botcore_summarize.summary import Draft, Summary
from botcore_summarize.talk import Talk


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a summary is."""

    text: str  # for people: "Reading part 2 of 5"
    done: int  # parts that are read
    total: int


async def summarize_talk(
    talk: Talk, engine: Engine, *, window_tokens: int, on_progress: Callable[[Progress], None]
) -> Summary:
    """Return the summary of a talk that has at least one message."""
    names = {line.message.author for line in talk.lines}
    model = Model(engine, await engine.limits(), names, window_tokens)
    reader = PartReader(model)
    windows = await reader.windows(talk.lines)
    total = len(windows)
    drafts = []
    for number, window in enumerate(windows, 1):
        text = f"Reading part {number} of {total}" if total > 1 else "Reading what was said"
        on_progress(Progress(text, number - 1, total))
        drafts.append(await reader.read(window))
    if all(draft.is_outline for draft in drafts):
        draft = outline_of_all(talk, drafts)
    else:
        together = Progress(f"Putting {total} parts together", total, total)
        draft = await Combiner(model).combine(drafts, on_step=lambda: on_progress(together))
    return Summary(talk, draft, (await engine.status()).model)


def outline_of_all(talk: Talk, drafts: Sequence[Draft]) -> Draft:
    """Return one outline instead of many."""
    if len(drafts) == 1:
        return drafts[0]
    return add_counts(outline(talk.lines, drafts[0].outlined[0], QUOTED_OF_ALL), drafts)
