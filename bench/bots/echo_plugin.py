"""Says again what it is told; or counts for a while, and ends with the time at which it was ready."""

from __future__ import annotations

import asyncio
import time

from botcore import Conversation, Pieces, Plugin

COUNT = "count"
plugin = Plugin("echo")


@plugin.answerer
async def echo(conversation: Conversation) -> Pieces:
    """Echo, or `count WORDS SECONDS`: so many words, with so many seconds before each."""
    word, *numbers = conversation.question.split()
    if word != COUNT:
        yield conversation.question
        return
    for number in range(int(numbers[0])):
        await asyncio.sleep(float(numbers[1]))
        yield f"{number} "
    yield str(time.time())
