"""Tells an answer's text from calls of tools while it comes in."""

from __future__ import annotations

from collections.abc import Collection

from botcore_llama.chat_format import BUILTIN_TOOLS, ToolCall
from botcore_llama.tool_calls import read_calls

FUNCTION = "<function="
# What an answer begins with when it consists of calls. Only known when it is whole: until then it waits.
BEGINNINGS = ("{", "[", FUNCTION, *(f"{name}.call(" for name in BUILTIN_TOOLS))


class CallStream:
    """Gives out text as soon as it is certain that it belongs to no call."""

    def __init__(self, offered: Collection[str]) -> None:
        """`offered`: the names of the tools that may be called."""
        self._offered = offered
        self._held = ""
        self._tagged = False
        self._is_text = False  # it began as text, and can only turn into a call at a tag

    def tag(self) -> None:
        """Note that the python tag came."""
        self._tagged = True

    def push(self, text: str) -> str:
        """Take a piece of the answer and return the text that has become certain, which may be none."""
        self._held += text
        if self._tagged:
            return ""
        start = self._held.lstrip()
        if not self._is_text and any(map(start.startswith, BEGINNINGS)):
            return ""
        if not self._is_text and any(beginning.startswith(start) for beginning in BEGINNINGS):
            return ""  # too short to tell
        self._is_text = True
        place = self._held.find(FUNCTION)
        return self._give(place if place >= 0 else len(self._held) - self._doubtful())

    def finish(self) -> tuple[str, list[ToolCall]]:
        """Return what was held back: the rest of the text, or the calls it turned out to be."""
        calls = read_calls(self._held, self._offered, tagged=self._tagged)
        return ("" if calls else self._held), calls

    def _give(self, length: int) -> str:
        given, self._held = self._held[:length], self._held[length:]
        return given

    def _doubtful(self) -> int:
        """Return how much of the end could be the beginning of a tag."""
        lengths = range(min(len(FUNCTION), len(self._held)), 0, -1)
        return next((length for length in lengths if FUNCTION.startswith(self._held[-length:])), 0)
