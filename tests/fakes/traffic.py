"""Traffic through a bot that is killed at random, and the verdict on what people saw of it."""

from __future__ import annotations

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from botcore.endings import OFFER
from tests.fakes.bot_process import BotProcess
from tests.fakes.platform import NO_FAULT, BotMessage, Fault, Json, Platform
from tests.fakes.script import question, whole_answer
from tests.fakes.slack_crowd import SlackCrowd
from tests.fakes.telegram_crowd import TelegramCrowd

OPEN_QUESTIONS = 2  # of one person, who then waits for answers
SHORTEST_ANSWER, LONGEST_ANSWER = 5, 40  # words
WORD_SECONDS = 0.02
# A message that is there at five crashes is given up, rightly. So that none is, every third process
# lives long enough to answer everything.
CALM_SECONDS = 3.0
UNSETTLED = (
    "select (select count(*) from inbox where state in ('waiting', 'running')) + "
    "(select count(*) from outbox where state in ('pending', 'started', 'created'))"
)
CUT_CREATES = "select count(*) from outbox where state = 'started' and not sent_final"
UNKNOWN = (
    "select message.platform_message_id from outbox join inbox on inbox.turn_id = outbox.turn_id "
    "join message on message.id = inbox.message_id where outbox.state = 'unknown'"
)
GIVEN_UP = (
    "select message.platform_message_id from inbox join message on message.id = inbox.message_id "
    "where inbox.state = 'dead'"
)


@dataclass(slots=True)
class Verdict:
    """What became of every question."""

    questions: int = 0
    answers: int = 0  # questions with a whole answer
    doubles: int = 0  # questions with more than one
    losses: int = 0  # questions with none, of which the bot does not know either
    order_violations: int = 0  # whole answers that came before an earlier question's
    unknowns: int = 0  # questions whose answer may not have arrived, as the bot knows
    given_up: int = 0  # questions whose sender was told that there will be no answer
    fragments: int = 0  # pieces of an answer that stayed beside it
    cut_creates: int = 0  # calls that a kill cut: the most fragments there may be without `cuts`
    kills: int = 0
    lost: list[str] = field(default_factory=list)  # texts of the lost questions


class Traffic:
    """People who ask one question after the other in conversations of their own."""

    def __init__(
        self,
        platform: Platform | TelegramCrowd | SlackCrowd,
        bot: BotProcess,
        *,
        seed: int,
        conversations: int = 8,
        cuts: bool = False,
        calm_seconds: float = CALM_SECONDS,
    ) -> None:
        """`cuts`: the network breaks too now and then, and leaves fragments that are no kill's.

        `calm_seconds`: how long every third process lives.
        """
        self._platform = platform
        self._bot = bot
        self._random = random.Random(seed)
        self._chats = [f"chat-{number}" for number in range(conversations)]
        self._asked: defaultdict[str, list[str]] = defaultdict(list)  # message ids, by chat
        self._cuts = cuts
        self._calm_seconds = calm_seconds
        self._kills = 0
        self._cut_creates = 0

    async def under_kills(self, seconds: float = 0.0, *, kills: int = 1) -> Verdict:
        """Kill the bot at random points for so long and so often, let it answer what is open, and judge."""
        ends = time.monotonic() + seconds
        async with self._people():
            while time.monotonic() < ends or self._kills < kills:
                await self._bot.start()
                calm = self._kills % 3 == 2
                await asyncio.sleep(self._calm_seconds if calm else self._random.uniform(0.0, CALM_SECONDS))
                await self._kill()
        await self._bot.start()
        await self.settled()
        return await self.verdict()

    async def in_peace(self, seconds: float) -> list[float]:
        """Let the bot work for so long; return its resident memory in MiB, second by second."""
        await self._bot.start()
        ends = time.monotonic() + seconds
        memory = []
        async with self._people():
            while time.monotonic() < ends:
                await asyncio.sleep(1.0)
                memory.append(self._bot.resident_mebibytes)
        await self.settled()
        return memory

    @asynccontextmanager
    async def _people(self) -> AsyncIterator[None]:
        """Have everybody ask; the platform gives trouble meanwhile."""
        self._platform.choose_fault = self._trouble
        people = [asyncio.create_task(self._ask(chat)) for chat in self._chats]
        try:
            yield
        finally:
            for person in people:
                person.cancel()
            await asyncio.gather(*people, return_exceptions=True)
            self._platform.choose_fault = lambda call: NO_FAULT

    async def settled(self, seconds: float = 120.0) -> None:
        """Wait until the bot has nothing left to answer and nothing left to send."""
        ends = time.monotonic() + seconds
        while self._platform.unacknowledged or self._bot.rows(UNSETTLED) != [(0,)]:
            assert time.monotonic() < ends, (
                f"work is left: {self._bot.rows(UNSETTLED)}\n{self._bot.logs[-5000:]}"
            )
            await asyncio.sleep(0.2)

    async def verdict(self) -> Verdict:
        """Judge what is to be seen on the platform, after everybody has called up what they miss."""
        unknown = self._ids(UNKNOWN)
        verdict = Verdict(
            unknowns=len(unknown),
            given_up=len(self._ids(GIVEN_UP)),
            kills=self._kills,
            cut_creates=self._cut_creates,
        )
        for chat in self._chats:
            missed = await self._call_up(chat) if unknown & set(self._asked[chat]) else []
            self._judge(chat, unknown, missed, verdict)
        return verdict

    async def _call_up(self, chat: str) -> list[str]:
        asked = self._platform.post("/missed", chat=chat, author=f"person of {chat}")
        await self._platform.until_answered(asked)
        await self.settled()
        return [message.text for message in self._platform.answers_to(asked)]

    def _judge(self, chat: str, unknown: set[str], missed: list[str], verdict: Verdict) -> None:
        latest = 0.0
        for message_id in self._asked[chat]:
            text = self._platform.posts[message_id].text
            shown = self._platform.answers_to(message_id)
            whole = [message for message in shown if _is_whole(message, text)]
            verdict.questions += 1
            verdict.answers += bool(whole)
            verdict.doubles += len(whole) > 1
            if not whole and not (message_id in unknown and whole_answer(text) in missed):
                verdict.losses += 1
                verdict.lost.append(text)
            verdict.fragments += len(shown) - len(whole)
            if whole:
                at = _finished_at(whole[0])
                verdict.order_violations += at < latest
                latest = max(latest, at)

    async def _ask(self, chat: str) -> None:
        while True:
            await asyncio.sleep(self._random.uniform(0.0, 0.5))
            unanswered = [m for m in self._asked[chat] if self._platform.answer_to(m) is None]
            if len(unanswered) < OPEN_QUESTIONS:
                words = self._random.randint(SHORTEST_ANSWER, LONGEST_ANSWER)
                text = question(f"{chat}-{len(self._asked[chat])}", words=words, pace=WORD_SECONDS)
                self._asked[chat].append(self._platform.post(text, chat=chat, author=f"person of {chat}"))

    async def _kill(self) -> None:
        await self._bot.kill()
        self._kills += 1
        self._cut_creates += int(self._bot.rows(CUT_CREATES)[0][0])

    def _trouble(self, call: Json) -> Fault:
        """Delay many calls, so that kills hit them; refuse some for a moment; break a few."""
        dice = self._random.random()
        if dice < 0.4:
            return Fault(
                seconds_before=self._random.uniform(0, 0.03), seconds_after=self._random.uniform(0, 0.03)
            )
        if dice < 0.43:
            return Fault(error="retry_later", retry_after=0.05)
        if dice < 0.44 and self._cuts:
            return Fault(cut_before=dice < 0.435, cut_after=True)
        return NO_FAULT

    def _ids(self, query: str) -> set[str]:
        return {row[0] for row in self._bot.rows(query)}


def _is_whole(message: BotMessage, asked: str) -> bool:
    """Whether a message holds the whole answer, maybe with the word that an earlier one is in doubt."""
    return message.text.removesuffix(f"\n\n{OFFER}") == whole_answer(asked)


def _finished_at(message: BotMessage) -> float:
    """Return when a message first showed its last text."""
    return next(version.at for version in message.versions if version.text == message.text)
