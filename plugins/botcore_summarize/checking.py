"""Turns what the model wrote into bullets that rest on messages; drops and counts what does not."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace

from botcore_summarize.actions import split_action
from botcore_summarize.contract import Answer, Point
from botcore_summarize.summary import Bullet, Draft, Dropped, Section
from botcore_summarize.support import Source, is_date_named, is_owner_named, is_supported
from botcore_summarize.talk import Line

AND = re.compile(r"\s*(?:[,&/+]|\band\b)\s*")  # between the owners of a task


def check(answer: Answer, sources: Sequence[Source], names: Collection[str]) -> Draft:
    """Return the bullets that hold. The number n of an answer stands for `sources[n - 1]`."""
    dropped = Dropped(outside=answer.outside, uncited=answer.uncited)
    sections: dict[Section, tuple[Bullet, ...]] = {}
    for section, points in answer.points.items():
        kept: list[Bullet] = []
        for point in points:
            cited = [sources[number - 1] for number in point.numbers]
            bullet, lost = _check_point(section, point, cited, names)
            dropped += lost
            if bullet:
                kept.append(bullet)
        sections[section] = once_each(kept)
    return Draft(sections, dropped)


def _check_point(
    section: Section, point: Point, cited: Sequence[Source], names: Collection[str]
) -> tuple[Bullet | None, Dropped]:
    bullet, lost = Bullet(point.text, lines_of(cited)), Dropped()
    if section is Section.ACTIONS:
        bullet, lost = _check_action(bullet, cited)
    if not is_supported(bullet.text, cited, names):
        return None, Dropped(unsupported=1)
    return bullet, lost


def _check_action(bullet: Bullet, cited: Sequence[Source]) -> tuple[Bullet, Dropped]:
    """Take off an owner or a date that nobody named: the task alone may still be true."""
    action = split_action(bullet.text)
    people = [person for person in AND.split(action.owner) if person]
    named = [person for person in people if is_owner_named(person, cited)]
    owner = action.owner if named == people else " and ".join(named)
    date = action.date if is_date_named(action.date, cited) else ""
    lost = Dropped(owners=len(people) - len(named), dates=int(date != action.date))
    return replace(bullet, text=action.task, owner=owner, date=date), lost


def once_each(bullets: Sequence[Bullet]) -> tuple[Bullet, ...]:
    """Return the bullets without repetitions; one that was repeated rests on all that they cited.

    A task without an owner repeats the same task with one, if both rest on the same message.
    """
    kept: list[Bullet] = []
    for bullet in bullets:
        at = next((at for at, other in enumerate(kept) if _is_the_same(bullet, other)), None)
        if at is None:
            kept.append(bullet)
            continue
        lines = {line.number: line for line in (*kept[at].lines, *bullet.lines)}
        kept[at] = replace(
            kept[at],
            owner=kept[at].owner or bullet.owner,
            date=kept[at].date or bullet.date,
            lines=tuple(lines[number] for number in sorted(lines)),
        )
    return tuple(kept)


def _is_the_same(one: Bullet, other: Bullet) -> bool:
    def agree(a: str, b: str) -> bool:
        return a.casefold() == b.casefold()

    def may_agree(a: str, b: str) -> bool:
        return not a or not b or agree(a, b)

    if not agree(one.text, other.text):
        return False
    if {line.number for line in one.lines} & {line.number for line in other.lines}:
        return may_agree(one.owner, other.owner) and may_agree(one.date, other.date)
    return agree(one.owner, other.owner) and agree(one.date, other.date)


def lines_of(sources: Sequence[Source]) -> tuple[Line, ...]:
    """Return the messages behind several sources, each once, in the order of time."""
    lines = {line.number: line for source in sources for line in source.lines}
    return tuple(lines[number] for number in sorted(lines))
