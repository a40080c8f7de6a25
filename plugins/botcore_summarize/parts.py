"""Reads a chat part by part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from botcore import ContextTooLong, ModelMessage
from botcore.transcript import transcript
from botcore_summarize.model import Broken, Model
from botcore_summarize.outline import outline
from botcore_summarize.prompts import prompt
from botcore_summarize.summary import Draft
from botcore_summarize.support import Source
from botcore_summarize.talk import Line
from botcore_summarize.windows import cut_windows

CUT = " […]"
CHARACTERS_A_TOKEN = 8  # hardly any text has more; what is longer by this measure is not worth a count


@dataclass(frozen=True, slots=True)
class PartReader:
    """Summarizes windows of a chat, each by itself."""

    model: Model

    async def windows(self, lines: Sequence[Line]) -> list[Sequence[Line]]:
        return await cut_windows(lines, self._fits)

    async def read(self, window: Sequence[Line]) -> Draft:
        """Return the summary of a window, or its outline."""
        whole = len(window) > 1 or await self._fits(window)
        lines = window if whole else [await self._shorten(window[0])]
        sources = [Source(line.message.text, line.message.author, (line,)) for line in window]
        try:
            draft = await self.model.summarize(_messages(lines), sources)
        except Broken as problem:
            draft = outline(window, str(problem))
        return replace(draft, cut=int(not whole))

    async def _fits(self, lines: Sequence[Line]) -> bool:
        length = sum(len(line.message.text) for line in lines)
        if length > CHARACTERS_A_TOKEN * min(self.model.window_tokens, self.model.limits.context_tokens):
            return False
        return await self.model.fits(_messages(lines), self.model.answer_room)

    async def _shorten(self, line: Line) -> Line:
        """Cut the end of a message that is longer than a window."""
        kept = self.model.limits.context_tokens * CHARACTERS_A_TOKEN
        while kept:
            message = replace(line.message, text=line.message.text[:kept].rstrip() + CUT)
            if await self._fits([shorter := replace(line, message=message)]):
                return shorter
            kept = kept * 3 // 4
        raise ContextTooLong("The model's context is too small to summarize anything.")


def _messages(lines: Sequence[Line]) -> list[ModelMessage]:
    text = transcript([line.message for line in lines])
    return [ModelMessage.system(prompt("summarize")), ModelMessage.user(text)]
