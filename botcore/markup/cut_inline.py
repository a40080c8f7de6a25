"""Long paragraphs are cut at sentences, else at words, else between characters as people see them."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence

from wcwidth import iter_graphemes

from botcore.markup.reading import beyond, plain, stretch, whole_stretches
from botcore.markup.tree import Inline

Inlines = tuple[Inline, ...]
Fits = Callable[[Inlines], bool]

# A full stop is an end where a blank follows and then no small letter; some scripts write no blank.
_SENTENCE = re.compile(
    r"""[.!?…؟۔।॥]["'”’»)\]]*(?=\s+[^\sa-z])|[。！？｡][”’」』）)]*|\n""",
)
_WORD = re.compile(r"\S(?=\s)")
_LONGEST_CLUSTER = 32  # characters that stand for one; more than that is mischief


def most(count: int, is_good: Callable[[int], bool]) -> int:
    """Return the largest number up to `count` for which it is good, if with it all smaller ones are."""
    if count == 0:
        return 0
    step = 1
    while step < count and is_good(step):
        step *= 2
    if step >= count and is_good(count):
        return count
    low, high = step // 2, min(step, count)
    while low + 1 < high:
        middle = (low + high) // 2
        low, high = (middle, high) if is_good(middle) else (low, middle)
    return low


def cut_at_sentence(inlines: Inlines, fits: Fits, longest: int) -> tuple[Inlines, Inlines] | None:
    """Return as many sentences as fit, and the rest; None where not even the first fits.

    `longest`: so many characters fit at most.
    """
    near = stretch(inlines, 0, longest + _LONGEST_CLUSTER)
    ends = _outside((found.end() for found in _SENTENCE.finditer(plain(near))), near)
    return _cut(inlines, near, fits, ends)


def cut_anywhere(inlines: Inlines, fits: Fits, longest: int) -> tuple[Inlines, Inlines] | None:
    """Return as much as fits, and the rest; None where not even one character fits."""
    near = stretch(inlines, 0, longest + _LONGEST_CLUSTER)
    text = plain(near)
    words = _outside((found.end() for found in _WORD.finditer(text)), near)
    return _cut(inlines, near, fits, words) or _cut(inlines, near, fits, clusters(text, longest))


def clusters(text: str, longest: int) -> list[int]:
    """Return where the characters of a text end, as people see them, up to that length and a little more."""
    ends: list[int] = []
    for cluster in iter_graphemes(text[: longest + _LONGEST_CLUSTER]):
        start = ends[-1] if ends else 0
        # One that is longer than all real ones has no right to stay whole.
        ends += [*range(start + _LONGEST_CLUSTER, start + len(cluster)), start + len(cluster)]
    return ends


def _outside(places: Iterable[int], inlines: Inlines) -> list[int]:
    """Leave out the places within what is better not cut in two."""
    whole = list(whole_stretches(inlines))
    ends = [part.stop for part in whole]

    def is_free(place: int) -> bool:
        later = bisect_left(ends, place)
        return later == len(whole) or place <= whole[later].start or place == whole[later].stop

    return [place for place in places if is_free(place)]


def _cut(
    inlines: Inlines, near: Inlines, fits: Fits, places: Sequence[int]
) -> tuple[Inlines, Inlines] | None:
    """Cut at the last place that fits. `near`: the inlines, as far as there are such places."""
    count = most(len(places), lambda count: fits(stretch(near, 0, places[count - 1])))
    if count == 0:
        return None
    text, place = plain(near), places[count - 1]
    end = len(text[:place].rstrip()) or place
    start = len(text) - len(text[place:].lstrip())
    return stretch(near, 0, end), beyond(inlines, start)
