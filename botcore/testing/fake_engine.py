"""An engine with scripted answers, for tests that need no model."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from botcore.engine import EngineState, EngineStatus, Limits, ModelMessage, Options
from botcore.errors import ContextTooLong, EngineLoading, EngineTimeout

Answer = str | Exception  # an exception is raised instead of answering
AnswerFunction = Callable[[Sequence[ModelMessage], Options], Answer | Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class FakeRequest:
    """What the engine was asked."""

    messages: tuple[ModelMessage, ...]
    options: Options

    @property
    def prompt(self) -> str:
        """The last message's text, which most tests look at."""
        return self.messages[-1].text


class FakeEngine:
    """Answers what it was told to, word by word. A word is a token.

    `FakeEngine("old pond")` always answers that. A list gives one answer after the other and then
    repeats its last. A function gets the messages and the options, and may be a coroutine.
    """

    def __init__(
        self,
        answers: Answer | Sequence[Answer] | AnswerFunction = "",
        *,
        pace: float = 0.0,
        context_tokens: int = 8192,
        loading: bool = False,
    ) -> None:
        """`pace`: seconds before each word. `loading`: not ready until `finish_loading()`."""
        self.requests: list[FakeRequest] = []
        self._answers = answers
        self._pace = pace
        self._context_tokens = context_tokens
        self._running = 0
        self._loaded = asyncio.Event()
        if not loading:
            self._loaded.set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def finish_loading(self) -> None:
        self._loaded.set()

    async def stream(
        self, messages: Sequence[ModelMessage], options: Options = Options()
    ) -> AsyncGenerator[str, None]:
        await self._admit(messages, options)
        ends = _now() + options.deadline if options.deadline is not None else float("inf")
        self._running += 1
        try:
            for word in words(await self._answer(messages, options), options):
                await self._wait_for_a_word(ends)
                yield word
        finally:
            self._running -= 1

    async def complete(self, messages: Sequence[ModelMessage], options: Options = Options()) -> str:
        async with aclosing(self.stream(messages, options)) as pieces:
            return "".join([piece async for piece in pieces])

    async def count(self, messages: Sequence[ModelMessage]) -> int:
        """Count the words, and one for each message."""
        return sum(len(message.text.split()) + 1 for message in messages)

    async def limits(self) -> Limits:
        return Limits(self._context_tokens, self._context_tokens // 4)

    async def status(self) -> EngineStatus:
        state = EngineState.READY if self._loaded.is_set() else EngineState.LOADING
        return EngineStatus(state, model="fake", running=self._running)

    async def ready(self) -> None:
        await self._loaded.wait()

    async def _admit(self, messages: Sequence[ModelMessage], options: Options) -> None:
        if not self._loaded.is_set():
            raise EngineLoading
        if await self.count(messages) > self._context_tokens:
            raise ContextTooLong
        self.requests.append(FakeRequest(tuple(messages), options))

    async def _answer(self, messages: Sequence[ModelMessage], options: Options) -> str:
        answer = self._scripted(messages, options)
        if isinstance(answer, Awaitable):
            answer = await answer
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _scripted(self, messages: Sequence[ModelMessage], options: Options) -> Answer | Awaitable[Answer]:
        if callable(self._answers):
            return self._answers(messages, options)
        if isinstance(self._answers, (str, Exception)):
            return self._answers
        return self._answers[min(len(self.requests), len(self._answers)) - 1]

    async def _wait_for_a_word(self, ends: float) -> None:
        """Take the time of a word, which lets others run even when it is none."""
        left = ends - _now()
        await asyncio.sleep(max(0.0, min(self._pace, left)))
        if _now() >= ends:
            raise EngineTimeout


def words(answer: str, options: Options) -> Iterator[str]:
    """Cut an answer into words, each with the space around it, as far as the options let it go."""
    for stop in options.stop:
        answer = answer.partition(stop)[0]
    yield from re.findall(r"\s*\S+(?:\s+$)?", answer)[: options.max_tokens]


def _now() -> float:
    return asyncio.get_running_loop().time()
