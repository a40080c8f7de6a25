"""How fast a whole bot answers on Telegram, beside a bare one of python-telegram-bot's without a database.

    python bench/routing.py --telegram [--messages N] [--runs N] [--json FILE]

Both are processes that poll the loopback Telegram of the tests, which runs here with the people on it.
Both answer by one message, without previews, to as many people at once and over as many connections.
They run by turns. Then our bot streams answers to a Telegram that takes one message a second in a chat:
the time from the last word of the model's to the final edit is told by the answer itself.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bench.bots import beside_bare
from bench.bots.beside_bare import (
    HERE,
    MESSAGES_OF_ONE,
    PACE,
    SECONDS_A_WORD,
    SECONDS_FOR_ALL,
    STREAMED_WORDS,
    STREAMS,
    WARM_UP,
    bare_process,
    our_settings,
    ready_at,
)
from bench.bots.echo_plugin import COUNT
from botcore_telegram.connection import CONNECTIONS
from tests.fakes.telegram import BotAccount, Message, Person, Telegram
from tests.fakes.telegram_process import TelegramProcess

BARE = Path(__file__).parent / "bots" / "bare_bot.py"


class Crowd:
    """People who write, each when the message before it is answered; so many at once."""

    def __init__(self, telegram: Telegram, account: BotAccount, concurrency: int) -> None:
        self._telegram = telegram
        self._account = account
        self._places = asyncio.Semaphore(concurrency)
        self._answers: dict[int, asyncio.Future[None]] = {}  # by chat
        telegram.on_message = self._hear

    async def write(self, messages: int) -> float:
        """Have so many messages written and answered; return how many a second that was."""
        people = [self._telegram.person(f"Person {n}") for n in range(-(-messages // MESSAGES_OF_ONE))]
        begun = time.perf_counter()
        async with asyncio.timeout(SECONDS_FOR_ALL):
            await asyncio.gather(*(self._converse(person) for person in people))
        return len(people) * MESSAGES_OF_ONE / (time.perf_counter() - begun)

    async def _converse(self, person: Person) -> None:
        async with self._places:
            for number in range(MESSAGES_OF_ONE):
                self._answers[person.id] = asyncio.get_running_loop().create_future()
                person.write(f"hello {number}", self._account)
                await self._answers[person.id]

    def _hear(self, message: Message) -> None:
        if (answer := self._answers.get(message.chat.id)) and not answer.done():
            answer.set_result(None)


class OnTelegram:
    """The loopback Telegram with one of the two bots on it."""

    platform = "telegram"
    concurrency = CONNECTIONS

    async def rate(self, messages: int, *, ours: bool) -> float:
        async with Telegram() as telegram:
            account = telegram.bot()
            async with self._ours(telegram, account, "final") if ours else self._bare(telegram, account):
                crowd = Crowd(telegram, account, self.concurrency)
                await crowd.write(WARM_UP)
                return round(await crowd.write(messages), 1)

    async def final_edits(self) -> tuple[list[float], int]:
        async with Telegram() as telegram:
            telegram.pace.interval, telegram.pace.burst = PACE, 2
            account = telegram.bot()
            async with self._ours(telegram, account, "edit"):
                asked = f"{COUNT} {STREAMED_WORDS} {SECONDS_A_WORD}"
                people = [telegram.person(f"Person {n}") for n in range(STREAMS)]
                chats = [person.write(asked, account).chat for person in people]
                await telegram.until(
                    lambda: all(any(ready_at(m.text) for m in telegram.said_by(account, c)) for c in chats),
                    "a whole answer to everybody",
                )
                finals = [message for chat in chats for message in telegram.said_by(account, chat)]
                seconds = [m.versions[-1].at - ready for m in finals if (ready := ready_at(m.text))]
                return seconds, sum(call.code == 429 for call in telegram.calls)

    @asynccontextmanager
    async def _ours(self, telegram: Telegram, account: BotAccount, stream: str) -> AsyncIterator[None]:
        with tempfile.TemporaryDirectory(prefix="botcore-bench-", dir=HERE) as folder:
            bot = TelegramProcess(Path(folder), telegram, account)
            bot.settings |= our_settings("telegram", stream)
            async with bot:
                yield

    @asynccontextmanager
    async def _bare(self, telegram: Telegram, account: BotAccount) -> AsyncIterator[None]:
        token = {"BOT_TOKEN": account.token}
        async with bare_process(BARE, telegram.base_url, str(self.concurrency), **token):
            await telegram.until(lambda: account.updates.polls > 0, "a poll of the bare bot")
            yield


def run(messages: int, runs: int, file: Path | None) -> None:
    """Measure, print, and write a file if one is asked for."""
    beside_bare.run(OnTelegram(), messages, runs, file)


if __name__ == "__main__":
    beside_bare.main(OnTelegram(), __doc__)
