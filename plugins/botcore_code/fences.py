"""Code in fences: found in what people write, guaranteed in what the model writes."""

from __future__ import annotations

import re
from dataclasses import dataclass

# People close a fence at the end of the last line too, and write a short one on a single line.
FENCE = re.compile(
    r"(?<![`~])(?P<mark>`{3,}+|~{3,}+)[ \t]*(?P<language>[\w+#.-]*)[^\n`]*\n"
    r"(?P<code>.*?)(?:(?P=mark)[ \t]*$|\Z)"
    r"|(?<!`)```(?P<line>[^\n`]+)```",
    re.DOTALL | re.MULTILINE,
)
FENCE_LINE = re.compile(r"(?P<indent>[ \t]*)(?P<mark>`{3,}|~{3,})(?P<info>[^`]*)")
MAY_BE_FENCE = re.compile(r"[ \t]*(?:$|`|~)")


@dataclass(frozen=True, slots=True)
class Code:
    """A piece of code, and the language it is in; empty if nobody said."""

    text: str
    language: str = ""

    @property
    def fenced(self) -> str:
        """Return it in a fence that no line of it can close."""
        longest = max((len(run) for run in re.findall("`+", self.text)), default=0)
        mark = "`" * max(3, longest + 1)
        return f"{mark}{self.language}\n{self.text}\n{mark}"


def read_fences(text: str) -> tuple[list[Code], str]:
    """Return the pieces of code in a text, and what stands around them."""
    found = [
        Code((match["code"] or match["line"] or "").strip("\n").rstrip(), match["language"] or "")
        for match in FENCE.finditer(text)
    ]
    if not found:
        return [], text
    around = "\n".join(part.strip() for part in FENCE.sub("\0", text).split("\0") if part.strip())
    return [code for code in found if code.text.strip()], around


class FenceKeeper:
    """Takes the pieces of an answer and gives them back, every fence closed and with its language."""

    def __init__(self, language: str) -> None:
        """`language`: for fences that name none; empty if nobody knows."""
        self._language = language
        self._held = ""  # may become the line of a fence
        self._within_line = False  # the beginning of the line was given back
        self._open = ""  # the line that closes the fence we are in, its indentation included

    @property
    def in_fence(self) -> bool:
        return bool(self._open)

    def feed(self, piece: str) -> str:
        """Return what is certain by now."""
        *lines, self._held = (self._held + piece).split("\n")
        whole = "".join(f"{self._line(line)}\n" for line in lines)
        if self._within_line or not MAY_BE_FENCE.match(self._held):
            whole += self._held
            self._within_line = self._within_line or bool(self._held)
            self._held = ""
        return whole

    def rest(self) -> str:
        """Return what is left when the model is done, and close what it left open."""
        within, last = self._within_line, self._line(self._held)
        if not self._open:
            return last
        return f"{last}\n{self._open}" if last.strip() or within else f"{last}{self._open}"

    def _line(self, line: str) -> str:
        if self._within_line:
            self._within_line = False
            return line
        fence = FENCE_LINE.fullmatch(line)
        if fence and self._open:
            if fence["mark"].startswith(self._open.strip()) and not fence["info"].strip():
                self._open = ""
        elif fence:
            self._open = fence["indent"] + fence["mark"]
            return line if fence["info"].strip() else line.rstrip() + self._language
        return line
