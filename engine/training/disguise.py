"""Exchange words of a document for any others, so that copying does not depend on what is copied.

What a text and its answer share is mapped to random tokens, in both alike. The form stays, and every
token of the vocabulary gets copied now and then, also those that no template contains.
"""

from __future__ import annotations

import random
from dataclasses import replace

import regex  # type: ignore[import-untyped]

from training.talk.threads import SECTIONS
from training.tokens import Document, Tokens

FORM = (
    "will asks says brings up wants to disagrees Somebody has none the of and for in "
    "TL DR Decision Action item Open question Disagreement"
)
WORD = regex.compile(r" ?\p{L}+")


class Disguise:
    """Knows which tokens are words and which of them belong to the form."""

    def __init__(self, tokens: Tokens) -> None:
        self._form = {
            token
            for word in f"{FORM} {' '.join(SECTIONS)}".split()
            for text in (word, " " + word)
            for token in tokens.text(text)
        }
        self._inner: list[int] = []
        self._first: list[int] = []  # those that begin a word, with its blank
        for token in range(tokens.first_special):
            text = tokens.encoding.decode_single_token_bytes(token).decode("utf-8", "replace")
            if WORD.fullmatch(text):
                (self._first if text.startswith(" ") else self._inner).append(token)
        self._kinds = dict.fromkeys(self._first, self._first) | dict.fromkeys(self._inner, self._inner)

    def __call__(self, document: Document, rng: random.Random, share: float) -> Document:
        """Exchange this share of the words that text and answers have in common."""
        said = [token for token, counts in zip(document.ids, document.learned, strict=True) if not counts]
        answered = {token for token, counts in zip(document.ids, document.learned, strict=True) if counts}
        common = sorted((set(said[document.head :]) & answered & self._kinds.keys()) - self._form)
        mapping = {token: rng.choice(self._kinds[token]) for token in common if rng.random() < share}
        ids = document.ids[: document.head] + [
            mapping.get(token, token) for token in document.ids[document.head :]
        ]
        return replace(document, ids=ids)
