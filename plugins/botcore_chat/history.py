"""Cuts a history to what the model can read."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from botcore import ContextTooLong, Engine, ModelMessage, Role

SHORTEST_ANSWER = 64  # tokens; a question that leaves less than this free is refused


async def fit(
    engine: Engine, system: ModelMessage, history: Sequence[ModelMessage], question: ModelMessage
) -> list[ModelMessage]:
    """Return the prompt with as many of the newest whole turns as fit.

    Raise `ContextTooLong` when the question does not even fit without any.
    """
    limits = await engine.limits()
    turns = split_turns(history)

    def prompt(keep: int) -> list[ModelMessage]:
        return [system, *chain.from_iterable(turns[len(turns) - keep :]), question]

    async def leaves_free(keep: int, tokens: int) -> bool:
        return await engine.count(prompt(keep)) + tokens <= limits.context_tokens

    fits, too_many = 0, len(turns) + 1
    middle = len(turns)  # mostly everything fits, and the first count says so
    while too_many - fits > 1:
        if await leaves_free(middle, limits.answer_tokens):
            fits = middle
        else:
            too_many = middle
        middle = (fits + too_many) // 2
    if fits == 0 and not await leaves_free(0, SHORTEST_ANSWER):
        raise ContextTooLong
    return prompt(fits)


def split_turns(history: Sequence[ModelMessage]) -> list[list[ModelMessage]]:
    """Return the history in turns; each begins with what the user said."""
    turns: list[list[ModelMessage]] = []
    for message in history:
        if message.role is Role.USER or not turns:
            turns.append([])
        turns[-1].append(message)
    return turns
