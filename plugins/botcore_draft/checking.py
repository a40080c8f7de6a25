"""Checks a draft word by word while it is being written.

A number, link, address, handle or date that is in nothing the model was given is its invention, or was
changed. Who copies a draft may not notice, so a blank takes its place before anybody sees it.
"""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet

from botcore.transcript import one_line
from botcore_draft.facts import FACT, Fact, code, fact_of, facts, known, without_code

WHOLE_WORDS = re.compile(r"(.*\S)\s", re.DOTALL)
LIST_NUMBER = re.compile(r"\d{1,2}[.)](?:\s|$)")


class Checker:
    """Takes the pieces of a draft and gives them back checked."""

    def __init__(self, given: AbstractSet[str]) -> None:
        """`given`: the keys of all facts that the model was told."""
        self.text = ""  # what was given back
        self.replaced: dict[str, Fact] = {}  # by its text
        self._given = given
        self._held = ""  # may be the beginning of a word

    def feed(self, piece: str) -> str:
        """Return what is certain by now; empty while a word is not over."""
        self._held += piece
        if not self.text:
            self._held = self._held.lstrip()
        words = WHOLE_WORDS.match(self._held)
        return self._give_back(words.end(1)) if words else ""

    def rest(self) -> str:
        """Return what is left when the model is done."""
        self._held = self._held.rstrip()
        return self._give_back(len(self._held))

    def _give_back(self, end: int) -> str:
        words, self._held = self._held[:end], self._held[end:]
        checked = FACT.sub(self._check, words)
        self.text += checked
        return checked

    def _check(self, match: re.Match[str]) -> str:
        fact = fact_of(match)
        if fact.key in self._given or self._is_list_number(match):
            return fact.text
        self.replaced[fact.text] = fact
        bracketed = match.string[: match.start()].endswith("[") and match.string.startswith("]", match.end())
        return fact.blank.strip("[]") if bracketed else fact.blank

    def _is_list_number(self, match: re.Match[str]) -> bool:
        line = (self.text + match.string[: match.start()]).rpartition("\n")[2]
        return not line.strip() and LIST_NUMBER.match(match.string, match.start()) is not None


def missing(notes: str, text: str) -> list[str]:
    """Return what of the notes a draft does not have, each once and as the notes write it."""
    told, words = known(text), one_line(text)
    lost = [fact.text for fact in facts(without_code(notes)) if fact.key not in told]
    lost += [one for one in code(notes) if one_line(one) not in words]
    return list(dict.fromkeys(lost))
