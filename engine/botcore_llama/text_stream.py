"""Tokens to text, piece by piece."""

from __future__ import annotations

import codecs
from collections.abc import Sequence

from botcore_llama.tokenizer import Tokenizer


class TextStream:
    """Gives out an answer's text as soon as it is certain.

    Held back are the bytes of a character that is not complete, and text that may turn out to be the
    beginning of a stop string.
    """

    def __init__(self, tokenizer: Tokenizer, stop: Sequence[str] = ()) -> None:
        self.stopped = False  # a stop string was met: nothing more will come
        self._tokenizer = tokenizer
        self._stop = [text for text in stop if text]
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._held = ""

    def push(self, token: int) -> str:
        """Take a token and return the text that has become certain, which may be none."""
        if self.stopped or self._tokenizer.is_special(token):
            return ""
        self._held += self._decoder.decode(self._tokenizer.token_bytes(token))
        found = [place for place in map(self._held.find, self._stop) if place >= 0]
        if found:
            self.stopped = True
            return self._give(min(found))
        return self._give(len(self._held) - self._doubtful())

    def finish(self) -> str:
        """Return what was held back. An incomplete character at the very end is dropped."""
        return "" if self.stopped else self._give(len(self._held))

    def _give(self, length: int) -> str:
        given, self._held = self._held[:length], self._held[length:]
        return given

    def _doubtful(self) -> int:
        """Return how much of the end could be the beginning of a stop string."""
        longest = max(map(len, self._stop), default=1) - 1
        for length in range(min(longest, len(self._held)), 0, -1):
            if any(stop.startswith(self._held[-length:]) for stop in self._stop):
                return length
        return 0
