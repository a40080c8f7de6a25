"""How fast a whole bot answers on Telegram, beside a bare one of python-telegram-bot's without a database.

    python bench/routing.py --telegram [--messages N] [--runs N] [--json FILE]

Both are processes that poll the loopback Telegram of the tests, which runs here with the people on it.
Both answer by one message, without previews, to as many people at once and over as many connections.
They run by turns. Then our bot streams answers to a Telegram that takes one message a second in a chat:
the time from the last word of the model's to the final edit is told by the answer itself.
"""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bench.bots import beside_bare
from bench.bots.beside_bare import (
    HERE,
    PACE,
    SECONDS_A_WORD,
    STREAMED_WORDS,
    STREAMS,
    WARM_UP,
    bare_process,
    our_settings,
    ready_at,
)
from bench.bots.crowd import Crowd, Person
from bench.bots.echo_plugin import COUNT
from botcore_telegram.connection import CONNECTIONS
from tests.fakes.telegram import BotAccount, Telegram
from tests.fakes.telegram_process import TelegramProcess

BARE = Path(__file__).parent / "bots" / "bare_bot.py"


def crowd_on(telegram: Telegram, account: BotAccount, concurrency: int) -> Crowd:
    """Return people who write to a bot in direct chats."""

    def person(number: int) -> Person:
        one = telegram.person(f"Person {number}")
        return one.id, lambda text: one.write(text, account)

    crowd = Crowd(person, concurrency)
    telegram.on_message = lambda message: crowd.hear(message.chat.id)
    return crowd


class OnTelegram:
    """The loopback Telegram with one of the two bots on it."""

    platform = "telegram"
    concurrency = CONNECTIONS

    async def rate(self, messages: int, *, ours: bool) -> float:
        async with Telegram() as telegram:
            account = telegram.bot()
            async with self._ours(telegram, account, "final") if ours else self._bare(telegram, account):
                crowd = crowd_on(telegram, account, self.concurrency)
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
