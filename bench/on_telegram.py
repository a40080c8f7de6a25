"""How fast a whole bot answers on Telegram, beside a bare one of python-telegram-bot's without a database.

    python bench/routing.py --telegram [--messages N] [--runs N] [--json FILE]

Both are processes that poll the loopback Telegram of the tests, which runs here with the people on it.
Both answer by one message, without previews, to as many people at once and over as many connections.
They run by turns. Then our bot streams answers to a Telegram that takes one message a second in a chat:
the time from the last word of the model's to the final edit is told by the answer itself.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.bots.echo_plugin import COUNT
from botcore_telegram.connection import CONNECTIONS
from tests.fakes.telegram import BotAccount, Message, Person, Telegram
from tests.fakes.telegram_process import TelegramProcess

HERE = Path.cwd()  # on a disk: what a bot keeps in memory costs it nothing to sync
BARE = Path(__file__).parent / "bots" / "bare_bot.py"
WARM_UP = 64  # messages
# Each person is in a chat of their own, and we keep to a message a second there, after two at once.
MESSAGES_OF_ONE = 2
SECONDS_FOR_ALL = 300.0
PACE = 1.0  # seconds between two messages that Telegram takes in a chat
STREAMED_WORDS, SECONDS_A_WORD = 50, 0.1
STREAMS = 8


@dataclass(frozen=True, slots=True)
class Result:
    """What all runs came to."""

    messages: int
    concurrency: int
    ours_per_second: list[float]  # by run
    bare_per_second: list[float]
    ratios: list[float]  # ours to the bare one's, of the two runs beside each other
    ratio: float  # the median of those
    final_edit_p50_seconds: float  # from the last word to the final edit
    final_edit_max_seconds: float
    pacing_seconds: float
    refused: int  # calls of ours that Telegram answered with 429, while streaming


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


@asynccontextmanager
async def our_bot(telegram: Telegram, account: BotAccount, stream: str) -> AsyncIterator[None]:
    with tempfile.TemporaryDirectory(prefix="botcore-bench-", dir=HERE) as folder:
        bot = TelegramProcess(Path(folder), telegram, account)
        bot.settings |= {
            "bot": {"answerer": "echo", "max_waiting": 1_000_000},
            "log": {"level": "warning"},
            "plugins.echo": {"use": "bench.bots.echo_plugin:plugin"},
            "adapters.telegram": {"stream": stream},
        }
        async with bot:
            yield


@asynccontextmanager
async def bare_bot(telegram: Telegram, account: BotAccount, concurrency: int) -> AsyncIterator[None]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(BARE),
        telegram.base_url,
        str(concurrency),
        env={**os.environ, "BOT_TOKEN": account.token},
    )
    try:
        await telegram.until(lambda: account.updates.polls > 0, "a poll of the bare bot")
        yield
    finally:
        process.kill()
        await process.wait()


async def rate(messages: int, concurrency: int, *, ours: bool) -> float:
    """Return how many messages a second one bot answers."""
    async with Telegram() as telegram:
        account = telegram.bot()
        running = our_bot(telegram, account, "final") if ours else bare_bot(telegram, account, concurrency)
        async with running:
            crowd = Crowd(telegram, account, concurrency)
            await crowd.write(WARM_UP)
            return round(await crowd.write(messages), 1)


async def final_edits() -> tuple[list[float], int]:
    """Return how long the final edits took after the last word, and how many calls were refused."""
    async with Telegram() as telegram:
        telegram.pace.interval, telegram.pace.burst = PACE, 2
        account = telegram.bot()
        async with our_bot(telegram, account, "edit"):
            asked = f"{COUNT} {STREAMED_WORDS} {SECONDS_A_WORD}"
            people = [telegram.person(f"Person {n}") for n in range(STREAMS)]
            chats = [person.write(asked, account).chat for person in people]
            await telegram.until(
                lambda: all(any(_ready_at(m) for m in telegram.said_by(account, chat)) for chat in chats),
                "a whole answer to everybody",
            )
            finals = [message for chat in chats for message in telegram.said_by(account, chat)]
            seconds = [message.versions[-1].at - ready for message in finals if (ready := _ready_at(message))]
            return seconds, sum(call.code == 429 for call in telegram.calls)


def _ready_at(message: Message) -> float | None:
    """Return when the last word of a streamed answer was ready: it says so itself."""
    words = message.text.split()
    return float(words[-1]) if len(words) == STREAMED_WORDS + 1 else None


async def compare(messages: int, runs: int, concurrency: int) -> Result:
    ours, bare = [], []
    for _ in range(runs):
        ours.append(await rate(messages, concurrency, ours=True))
        bare.append(await rate(messages, concurrency, ours=False))
    ratios = [round(a / b, 3) for a, b in zip(ours, bare, strict=True)]
    seconds, refused = await final_edits()
    return Result(
        messages=messages,
        concurrency=concurrency,
        ours_per_second=ours,
        bare_per_second=bare,
        ratios=ratios,
        ratio=statistics.median(ratios),
        final_edit_p50_seconds=round(statistics.median(seconds), 3),
        final_edit_max_seconds=round(max(seconds), 3),
        pacing_seconds=PACE,
        refused=refused,
    )


def print_result(result: Result) -> None:
    print(f"{'run':<6}{'ours/s':>10}{'bare/s':>10}{'ratio':>9}")
    rows = zip(result.ours_per_second, result.bare_per_second, result.ratios, strict=True)
    for number, (ours, bare, ratio) in enumerate(rows, 1):
        print(f"{number:<6}{ours:>10.1f}{bare:>10.1f}{ratio:>9.1%}")
    print(
        f"Our bot answers at {result.ratio:.0%} of the bare one's rate "
        f"({min(result.ratios):.0%} to {max(result.ratios):.0%})."
    )
    print(
        f"From the last word to the final edit: {result.final_edit_p50_seconds:.2f} s, at most "
        f"{result.final_edit_max_seconds:.2f} s, with {result.pacing_seconds:g} s between two messages; "
        f"{result.refused} calls were refused."
    )


def run(messages: int, runs: int, file: Path | None) -> None:
    """Measure, print, and write a file if one is asked for."""
    result = asyncio.run(compare(messages, runs, CONNECTIONS))
    print_result(result)
    if file:
        file.write_text(json.dumps(asdict(result), indent=2) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--messages", type=int, default=2000, help="in each run")
    parser.add_argument("--runs", type=int, default=3, help="of each bot, by turns")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    run(options.messages, options.runs, options.json)


if __name__ == "__main__":
    main()
