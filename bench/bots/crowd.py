"""People who write to a bot on a loopback platform, whichever that is."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from bench.bots.beside_bare import MESSAGES_OF_ONE, SECONDS_FOR_ALL

Chat = str | int  # as the platform calls it
Person = tuple[Chat, Callable[[str], object]]  # where they write, and what writes a text there


class Crowd:
    """Each writes when the message before is answered; so many do at once."""

    def __init__(self, person: Callable[[int], Person], concurrency: int) -> None:
        """`person`: brings the so-manieth one."""
        self._person = person
        self._places = asyncio.Semaphore(concurrency)
        self._answers: dict[Chat, asyncio.Future[None]] = {}

    async def write(self, messages: int) -> float:
        """Have so many messages written and answered; return how many a second that was."""
        number = -(-messages // MESSAGES_OF_ONE)
        people = [self._person(n) for n in range(number)]
        begun = time.perf_counter()
        async with asyncio.timeout(SECONDS_FOR_ALL):
            await asyncio.gather(*(self._converse(*person) for person in people))
        return number * MESSAGES_OF_ONE / (time.perf_counter() - begun)

    def hear(self, chat: Chat) -> None:
        """Learn that the bot has said something in a chat."""
        if (answer := self._answers.get(chat)) and not answer.done():
            answer.set_result(None)

    async def _converse(self, chat: Chat, write: Callable[[str], object]) -> None:
        async with self._places:
            for number in range(MESSAGES_OF_ONE):
                self._answers[chat] = asyncio.get_running_loop().create_future()
                write(f"hello {number}")
                await self._answers[chat]
