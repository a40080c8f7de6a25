"""The engine as one turn sees it: counted, stopped with the turn, patient while the model loads."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace

from botcore.domain import Usage
from botcore.engine import Engine, EngineState, EngineStatus, Limits, ModelMessage, Options, Priority
from botcore.errors import EngineError, TurnBudgetSpent
from botcore.limits import OwnTime
from botcore.reply import Reply
from botcore.telemetry import Telemetry


class TurnEngine:
    """An `Engine` scoped to a turn."""

    def __init__(
        self,
        engine: Engine,
        reply: Reply,
        own_time: OwnTime,
        *,
        turn_id: str,
        telemetry: Telemetry,
        user: str,
        cache_key: str,
        priority: Priority = Priority.INTERACTIVE,
        tokens: int = sys.maxsize,
    ) -> None:
        """`user` and `cache_key` are what requests carry that name none themselves.

        `priority`: the best that a request of this turn can have. `tokens`: how many the model may
        write for this turn in all.
        """
        self._engine = engine
        self._reply = reply
        self._own_time = own_time
        self._turn_id = turn_id
        self._telemetry = telemetry
        self._user = user
        self._cache_key = cache_key
        self._priority = priority
        self._tokens_left = tokens
        self._open: dict[AsyncGenerator[str, None], asyncio.Task[object] | None] = {}  # and who reads it
        self._closed = False
        self.usage = Usage()

    async def stream(
        self, messages: Sequence[ModelMessage], options: Options = Options()
    ) -> AsyncGenerator[str, None]:
        """Yield the answer's pieces; the plugin's own time stands still while it waits for one."""
        if self._closed:
            raise EngineError("The turn is over, and so is its use of the model.")
        pieces = self._pieces(messages, self._signed(options))
        self._open[pieces] = asyncio.current_task()
        try:
            async with aclosing(pieces):
                while True:
                    with self._own_time.paused():
                        piece = await anext(pieces, None)
                    if piece is None:
                        return
                    yield piece
        finally:
            self._open.pop(pieces, None)

    async def complete(self, messages: Sequence[ModelMessage], options: Options = Options()) -> str:
        """Return the whole answer."""
        return "".join([piece async for piece in self.stream(messages, options)])

    async def count(self, messages: Sequence[ModelMessage]) -> int:
        """Return how many tokens these messages take."""
        with self._own_time.paused():
            await self.ready()
            return await self._engine.count(messages)

    async def limits(self) -> Limits:
        """Return what fits into the model."""
        with self._own_time.paused():
            await self.ready()
            return await self._engine.limits()

    async def status(self) -> EngineStatus:
        """Return how far the engine is, without waiting."""
        return await self._engine.status()

    async def ready(self) -> None:
        """Wait for the model, and say so to the user."""
        if (await self._engine.status()).state is EngineState.LOADING:
            self._reply.progress("The model is loading")
            await self._engine.ready()
            self._reply.progress("")

    async def close(self, grace: float) -> None:
        """Stop what a handler left running, so that the model is free; it has `grace` seconds to end."""
        self._closed = True
        ours = asyncio.current_task()
        readers = {task for task in self._open.values() if task and task is not ours and not task.done()}
        for task in readers:
            task.cancel()
        if readers:
            await asyncio.wait(readers, timeout=grace)
        for pieces, reader in list(self._open.items()):
            if reader not in readers or reader.done():  # who does not end has lost its pieces already
                await pieces.aclose()

    async def _pieces(self, messages: Sequence[ModelMessage], options: Options) -> AsyncGenerator[str, None]:
        self._spend(0)
        await self.ready()
        begun, tokens = time.monotonic(), 0
        try:
            with self._telemetry.engine_request(self._turn_id) as request:
                async with aclosing(self._engine.stream(messages, options)) as stream:
                    async for piece in stream:
                        tokens += 1
                        self._spend(1)
                        request.wrote()
                        self._reply.count_token()
                        yield piece
        finally:
            self.usage += Usage(0, tokens, time.monotonic() - begun)
        await self._count_prompt(messages)

    def _spend(self, tokens: int) -> None:
        """Take tokens from the turn's budget; raise `TurnBudgetSpent` when none are left."""
        if self._tokens_left <= 0:
            raise TurnBudgetSpent
        self._tokens_left -= tokens

    async def _count_prompt(self, messages: Sequence[ModelMessage]) -> None:
        try:
            self.usage += Usage(prompt_tokens=await self._engine.count(messages))
        except EngineError:
            return  # the answer is there; only its price is not known

    def _signed(self, options: Options) -> Options:
        return replace(
            options,
            user=options.user or self._user,
            cache_key=options.cache_key or self._cache_key,
            priority=max(options.priority, self._priority),
            on_place=options.on_place or self._tell_place,
        )

    def _tell_place(self, place: int) -> None:
        before = "you are next" if place == 1 else f"{place - 1} before you"
        self._reply.progress(f"Waiting for the model: {before}" if place else "")
