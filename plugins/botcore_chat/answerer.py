"""Answers what is no command, from what was said before."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import aclosing
from importlib.resources import files
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from botcore import (
    Capability,
    Choosable,
    Context,
    ContextTooLong,
    Conversation,
    Engine,
    Ledger,
    ModelMessage,
    Pieces,
    Plugin,
    User,
    language_name,
)
from botcore_chat.history import fit
from botcore_chat.overhearing import with_talk


class ChatSettings(BaseModel):
    """The table `[plugins.chat]`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    history_turns: Annotated[int, Choosable()] = Field(  # if that fits the model
        default=50, ge=0, title="How many earlier turns are remembered"
    )


plugin = Plugin("chat", settings=ChatSettings, capabilities=[Capability.HISTORY])


@plugin.answerer
async def answer(
    conversation: Conversation,
    engine: Engine,
    context: Context,
    user: User,
    ledger: Ledger,
    settings: ChatSettings,
) -> Pieces:
    """Answer the message, knowing as much of the conversation as the model can read at once.

    In a thread that the bot was called into that is also what people said there to each other.
    """
    typed = [context.as_typed(f"/{name}") for name in context.commands]
    system = ModelMessage.system(system_prompt(typed, user.language))
    history = await conversation.history(limit=settings.history_turns)
    question = with_talk(await ledger.overheard(), conversation.question, history)
    try:
        messages = await fit(engine, system, history, ModelMessage.user(question))
    except ContextTooLong:
        messages = await fit(engine, system, history, ModelMessage.user(conversation.question))
    async with aclosing(engine.stream(messages)) as pieces:
        async for piece in pieces:
            yield piece


def system_prompt(commands: Sequence[str], language: str = "") -> str:
    """Return who the model is told to be. The commands it names, as they are typed, the bot really has."""
    text = (files("botcore_chat") / "prompts" / "chat.md").read_text(encoding="utf-8").strip()
    chosen = f"\nAnswer in {language_name(language)}." if language else ""
    return text.replace("{commands}", ", ".join(commands)) + chosen
