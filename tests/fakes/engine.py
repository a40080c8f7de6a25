"""An engine in the bot's own process that answers by the script."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from types import TracebackType
from typing import Self

from botcore.engine import EngineSetup, EngineState, EngineStatus, Limits, ModelMessage, Options
from tests.fakes.script import seconds_for_a_word, whole_answer

SAID_BEFORE = "What was said before?"


def said_before(messages: Sequence[ModelMessage]) -> str:
    """Return the history as the model reads it."""
    return " | ".join(message.text for message in messages[:-1])


class ScriptedEngine:
    """Writes the words of `whole_answer` at the question's pace."""

    def __init__(self, setup: EngineSetup) -> None:
        self._running = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    async def stream(
        self, messages: Sequence[ModelMessage], options: Options = Options()
    ) -> AsyncGenerator[str, None]:
        asked = messages[-1].text
        answer = said_before(messages) if asked == SAID_BEFORE else whole_answer(asked)
        self._running += 1
        try:
            for number, word in enumerate(answer.split(" ")):
                await asyncio.sleep(seconds_for_a_word(asked))
                yield f" {word}" if number else word
        finally:
            self._running -= 1

    async def complete(self, messages: Sequence[ModelMessage], options: Options = Options()) -> str:
        return whole_answer(messages[-1].text)

    async def count(self, messages: Sequence[ModelMessage]) -> int:
        return sum(len(message.text.split()) + 1 for message in messages)

    async def limits(self) -> Limits:
        return Limits(8192, 2048)

    async def status(self) -> EngineStatus:
        return EngineStatus(EngineState.READY, model="scripted", running=self._running)

    async def ready(self) -> None:
        """It always is."""
