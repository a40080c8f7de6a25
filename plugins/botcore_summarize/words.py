"""Words as they are compared: without case, endings and the small ones that say nothing."""

from __future__ import annotations

import re
from string import ascii_lowercase

# Numbers by themselves; scripts that are written without spaces letter by letter.
SPACELESS = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
WORD = re.compile(rf"[0-9]+|[{SPACELESS}]|[^\W\d_{SPACELESS}]+")
ENDING = re.compile(r"(?<=[a-z]{3})(?:ing|ed|es|s)$")
STEM_LENGTH = 5
LETTERS = frozenset(ascii_lowercase)  # what apostrophes leave behind
SMALL_WORDS = frozenset(
    """
    about after again agree agreed agrees all also am an and any are as ask asked asks at be because
    been before bring brings but by can could did disagree disagrees do does doesn don done each
    every for from get gets had has have he her him his how if in into is isn it its just let like
    ll make may me might more most much must my need needs no not now of off on one only or our out
    over please propose proposes raise raised raises re said say says shall she should so some
    somebody someone still suggest suggested suggests tell tells than that the their them then there
    these they this those to too until up us use used ve very want wanted wants was we were what
    when where whether which who whom why will with would yes yet you your
    """.split()  # noqa: SIM905  # a list of this length would fill a page
)


def words(text: str) -> set[str]:
    """Return every word, in small letters."""
    return set(WORD.findall(text.casefold()))


def content(text: str) -> set[str]:
    """Return the stems of the words that carry a meaning."""
    return {stem(word) for word in words(text) - SMALL_WORDS if word not in LETTERS}


def stem(word: str) -> str:
    """Return about what inflected forms have in common."""
    return ENDING.sub("", word)[:STEM_LENGTH]
