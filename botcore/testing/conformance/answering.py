"""What the bot of the contract answers: known beforehand to the test and to the bot's process."""

from __future__ import annotations

import asyncio
import re

from botcore.conversation import Conversation
from botcore.domain import Button, Part, Pieces
from botcore.engine import EngineSetup
from botcore.plugin import Plugin
from botcore.testing.fake_engine import FakeEngine

_SCRIPT = re.compile(r"(?P<tag>\S+) words (?P<words>\d+) pace (?P<pace>\d+)")

streaming = Plugin("streaming")  # answers word by word
whole = Plugin("whole")  # answers with one text
offering = Plugin("offering")  # answers with a button


def question(tag: str, *, words: int = 10, pace: float = 0.0) -> str:
    """Return a question that is answered by so many words, `pace` seconds apart."""
    return f"{tag} words {words} pace {round(pace * 1000)}"


def answer(asked: str) -> str:
    """Return the answer to a question; anything else is repeated."""
    script = _SCRIPT.fullmatch(asked.strip())
    if script is None:
        return f"re: {asked}"
    return " ".join(f"{script['tag']}{number}" for number in range(int(script["words"])))


@streaming.answerer
async def stream(conversation: Conversation) -> Pieces:
    """Answer word by word, at the pace of the question."""
    script = _SCRIPT.fullmatch(conversation.question.strip())
    pace = int(script["pace"]) / 1000 if script else 0.0
    for number, word in enumerate(answer(conversation.question).split(" ")):
        await asyncio.sleep(pace)
        yield f" {word}" if number else word


@whole.answerer
async def repeat(conversation: Conversation) -> str:
    """Answer at once, so that no preview is shown."""
    return answer(conversation.question)


@offering.answerer
async def offer() -> Part:
    """Offer to do something."""
    return Part("Shall I?", (Button("Do it", "do"),))


@offering.action("do")
async def do() -> str:
    """Do it."""
    return "done"


def no_engine(setup: EngineSetup) -> FakeEngine:
    """Return an engine that nobody asks anything."""
    return FakeEngine()
