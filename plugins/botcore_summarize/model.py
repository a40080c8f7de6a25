"""Asks the model for a summary and holds it to its contract."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from botcore import ContextTooLong, Engine, Limits, ModelMessage, Options, Priority
from botcore_summarize.checking import check
from botcore_summarize.contract import read_answer
from botcore_summarize.prompts import prompt
from botcore_summarize.summary import Draft, Section
from botcore_summarize.support import Source

LONGEST_ANSWER = 1024  # tokens


class Broken(Exception):
    """The model's text can't be used, nor could it be repaired. The text says why."""


@dataclass(frozen=True, slots=True)
class Model:
    """The engine, as a summary needs it."""

    engine: Engine
    limits: Limits
    names: Collection[str]  # of all who took part
    window_tokens: int  # no prompt is longer, even if the model could read more

    @property
    def answer_room(self) -> int:
        """How many tokens are kept free for the summary of a window."""
        return min(LONGEST_ANSWER, self.limits.context_tokens * 3 // 8)

    async def fits(self, messages: Sequence[ModelMessage], room: int) -> bool:
        """Tell whether the model can read this and has `room` tokens left for its answer."""
        tokens = await self.engine.count(messages)
        return tokens <= self.window_tokens and tokens + room <= self.limits.context_tokens

    async def summarize(self, messages: Sequence[ModelMessage], sources: Sequence[Source]) -> Draft:
        """Return the checked summary; the number n of the prompt stands for `sources[n - 1]`.

        An answer that breaks the contract goes back once. Raise `Broken` when that does not help.
        """
        try:
            text = await self._answer(messages)
            draft, problem = self._read(text, sources)
            if problem:
                draft, problem = self._read(
                    await self._repair(messages, text, problem, len(sources)), sources
                )
        except ContextTooLong as error:  # an engine that can't count exactly may be wrong about what fits
            raise Broken("the messages did not fit the model") from error
        if problem:
            raise Broken(f"the model's text could not be used ({problem})")
        return draft

    def _read(self, text: str, sources: Sequence[Source]) -> tuple[Draft, str]:
        answer = read_answer(text, len(sources))
        draft = check(answer, sources, self.names)
        problem = answer.problem
        if not problem and not draft.sections[Section.TLDR]:
            problem = f'what stands under "{Section.TLDR}" is not in what it cites'
        return draft, problem

    async def _repair(self, messages: Sequence[ModelMessage], broken: str, problem: str, last: int) -> str:
        ask = ModelMessage.user(prompt("repair", problem=problem, last=str(last)))
        longer = [*messages, ModelMessage.assistant(broken.strip()), ask]
        free = self.limits.context_tokens - await self.engine.count(longer)
        return await self._answer(longer) if free >= self.answer_room // 2 else broken

    async def _answer(self, messages: Sequence[ModelMessage]) -> str:
        tokens = await self.engine.count(messages)
        room = max(1, min(LONGEST_ANSWER, self.limits.context_tokens - tokens))
        options = Options(max_tokens=room, temperature=0.0, priority=Priority.JOB)
        return await self.engine.complete(messages, options)
