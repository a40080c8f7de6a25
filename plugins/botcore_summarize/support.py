"""Checks what the model wrote against the messages it cites.

Nobody can prove by rule that a sentence follows from messages. But one that shares too few words with
them, or speaks of somebody who has nothing to do with them, was surely not drawn from them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from botcore_summarize.talk import Line
from botcore_summarize.words import SMALL_WORDS, content, words

SHARED = 3  # of so many words that carry a meaning, at least one has to come from the cited messages
# At the beginning of a sentence: somebody who does what only people do.
SPEAKER = re.compile(
    r"(?P<name>[^\W\d_]+) (?:agrees|asks|brings|disagrees|explains|proposes|says|suggests|wants|will)\b"
)
ORDINALS = frozenset(["nd", "rd", "st", "th"])  # what is left of 2nd, as numbers are words of their own
DATE_WORDS = ORDINALS | {"at", "before", "by", "due", "end", "for", "from", "in", "of", "on", "the", "until"}


@dataclass(frozen=True, slots=True)
class Source:
    """What a number stands for: a message, or a bullet of a part's summary."""

    text: str
    name: str  # of the author or the owner
    lines: tuple[Line, ...]  # the messages behind it


def is_supported(text: str, sources: Sequence[Source], names: Collection[str]) -> bool:
    """Tell whether the sources speak of what `text` says. `names`: of all who took part."""
    said = " ".join(f"{source.name} {source.text}" for source in sources)
    mentioned = [name for name in names if _names(text, name)]
    if mentioned and not any(is_named(name, sources) for name in mentioned):
        return False
    if (speaker := _speaker(text)) and not is_named(speaker, sources):
        return False
    meant = content(text) - content(" ".join(mentioned))
    if not meant:
        return bool(words(text) & words(said))
    return len(meant & content(said)) * SHARED >= len(meant)


def is_named(person: str, sources: Iterable[Source]) -> bool:
    """Tell whether somebody wrote one of the sources or is named in one."""
    wanted = words(person) - SMALL_WORDS or words(person)  # somebody may be called May
    return any(wanted & (words(source.name) | words(source.text)) for source in sources)


def is_owner_named(person: str, sources: Iterable[Source]) -> bool:
    """Tell whether a source is by this person, not only by a namesake, or names them."""
    wanted = words(person) - SMALL_WORDS or words(person)
    return bool(wanted) and any(
        wanted <= words(source.name) or wanted & words(source.text) for source in sources
    )


def is_date_named(date: str, sources: Iterable[Source]) -> bool:
    """Tell whether one of the sources names this date, in about these words."""
    wanted = words(date) - DATE_WORDS
    return bool(wanted) and any(wanted <= words(source.text) for source in sources)


def _speaker(text: str) -> str:
    match = SPEAKER.match(text)
    return match["name"] if match and match["name"][0].isupper() and content(match["name"]) else ""


def _names(text: str, name: str) -> bool:
    """Tell whether a text names a person. In the person's own letters: `Will` is one, `will` is none."""
    return bool(name) and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) is not None
