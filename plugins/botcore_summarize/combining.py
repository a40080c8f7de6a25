"""Puts the summaries of parts together, a few at a time, until one is left."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from botcore import ModelMessage
from botcore_summarize.model import LONGEST_ANSWER, Broken, Model
from botcore_summarize.prompts import prompt
from botcore_summarize.summary import Bullet, Draft, Dropped, Section
from botcore_summarize.support import Source
from botcore_summarize.words import content

PARTS_AT_ONCE = 8
LABELS = {
    Section.TLDR: "TL;DR",
    Section.DECISIONS: "Decision",
    Section.ACTIONS: "Action item",
    Section.QUESTIONS: "Open question",
    Section.DISAGREEMENTS: "Disagreement",
}
# What a reader still reads; only a merge by rule needs these bounds.
MOST_BULLETS = {
    Section.TLDR: 3,
    Section.DECISIONS: 20,
    Section.ACTIONS: 30,
    Section.QUESTIONS: 15,
    Section.DISAGREEMENTS: 10,
}


@dataclass(frozen=True, slots=True)
class Combiner:
    """Combines drafts with the model, and by rule where its text can't be used."""

    model: Model

    async def combine(self, drafts: Sequence[Draft], on_step: Callable[[], None]) -> Draft:
        """Return one draft; `on_step` is called before each time the model is asked."""
        while len(drafts) > 1:
            combined: list[Draft] = []
            while drafts:
                group = await self._next_group(drafts)
                on_step()
                combined.append(await self._combine(group))
                drafts = drafts[len(group) :]
            drafts = combined
        return drafts[0]

    async def _next_group(self, drafts: Sequence[Draft]) -> Sequence[Draft]:
        """Return the first few that fit together; two of them in any case, so that it ends."""
        size = min(PARTS_AT_ONCE, len(drafts))
        while size > 2 and not await self._fits(drafts[:size]):
            size = max(2, size - 2)
        return drafts[:size]

    async def _fits(self, drafts: Sequence[Draft]) -> bool:
        """Tell whether these leave room for an answer that repeats every point."""
        system, points = _messages(drafts)
        room = min(LONGEST_ANSWER, await self.model.engine.count([points]))
        return await self.model.fits([system, points], room)

    async def _combine(self, drafts: Sequence[Draft]) -> Draft:
        if len(drafts) == 1:
            return drafts[0]
        if not await self._fits(drafts):
            return merge(drafts)
        sources = [_source(bullet) for _, bullet in _points(drafts)]
        try:
            draft = await self.model.summarize(_messages(drafts), sources)
        except Broken:
            return merge(drafts)
        return add_counts(with_all_actions(draft, drafts), drafts)


def merge(drafts: Sequence[Draft]) -> Draft:
    """Put the sections behind one another, and keep as many bullets as one reads."""
    sections: dict[Section, tuple[Bullet, ...]] = {}
    before = after = 0
    for section in Section:
        bullets = [bullet for draft in drafts for bullet in draft.sections.get(section, ())]
        sections[section] = spread(bullets, MOST_BULLETS[section])
        before += len(bullets)
        after += len(sections[section])
    merged = Draft(sections, Dropped(for_length=before - after), merged=1)
    return add_counts(merged, drafts)


def with_all_actions(draft: Draft, parts: Sequence[Draft]) -> Draft:
    """Put back the action items that the model left out, though it was told to keep them all."""
    kept = draft.sections[Section.ACTIONS]
    actions = [bullet for part in parts for bullet in part.sections.get(Section.ACTIONS, ())]
    lost = [action for action in actions if not any(_is_about(bullet, action) for bullet in kept)]
    everything = sorted([*kept, *lost], key=lambda bullet: bullet.lines[0].number)
    return replace(draft, sections={**draft.sections, Section.ACTIONS: tuple(everything)})


def _is_about(bullet: Bullet, action: Bullet) -> bool:
    """Tell whether a bullet speaks of an action item: it cites one of its messages and shares its words.

    A message may hold several action items, so that to cite it is not enough.
    """
    if {line.number for line in bullet.lines}.isdisjoint(line.number for line in action.lines):
        return False
    words = content(action.text)
    return 2 * len(words & content(bullet.text)) >= len(words)


def spread(bullets: Sequence[Bullet], most: int) -> tuple[Bullet, ...]:
    """Return at most so many, taken evenly from first to last."""
    if len(bullets) <= most:
        return tuple(bullets)
    step = (len(bullets) - 1) / (most - 1)
    return tuple(bullets[round(index * step)] for index in range(most))


def add_counts(draft: Draft, parts: Sequence[Draft]) -> Draft:
    """Return a draft that stands for several parts, with what was counted in each of them."""
    return replace(
        draft,
        dropped=sum((part.dropped for part in parts), draft.dropped),
        parts=sum(part.parts for part in parts),
        cut=sum(part.cut for part in parts),
        outlined=tuple(reason for part in parts for reason in part.outlined),
        merged=draft.merged + sum(part.merged for part in parts),
    )


def _points(drafts: Sequence[Draft]) -> list[tuple[Section, Bullet]]:
    return [point for draft in drafts for point in draft.bullets()]


def _source(bullet: Bullet) -> Source:
    people = [bullet.owner, *(line.message.author for line in bullet.lines)]
    return Source(bullet.sentence, " ".join(people), bullet.lines)


def _messages(drafts: Sequence[Draft]) -> tuple[ModelMessage, ModelMessage]:
    lines = [
        f"[{number}] {LABELS[section]}: {bullet.sentence}"
        for number, (section, bullet) in enumerate(_points(drafts), 1)
    ]
    return ModelMessage.system(prompt("combine")), ModelMessage.user("\n".join(lines))
