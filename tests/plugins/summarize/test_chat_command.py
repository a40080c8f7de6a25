from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import botcore_summarize
from botcore import ConversationKey, ModelMessage, Options, Plugin
from botcore.testing import MemoryAdapter
from botcore.testing.chat import Chat
from botcore.testing.fake_engine import FakeEngine
from tests.botcore.running_bot import running, talking_plugin
from tests.plugins.summarize.writers import honest


def talkative() -> Plugin:
    """Return the plugin with an answerer, so that the bot has a part in the conversation."""
    plugin = Plugin("summarize", settings=botcore_summarize.plugin.settings)
    plugin.commands = botcore_summarize.plugin.commands

    @plugin.answerer
    async def answer() -> str:
        """Answer everything alike."""
        return "Let me think about the parser."

    return plugin


async def test_the_conversation_is_summarized_with_the_bots_own_words() -> None:
    engine = FakeEngine(honest)
    chat = Chat(talkative(), engine)
    await chat.say("the parser is broken")

    summary = await chat.say("/summarize")

    assert engine.requests[0].prompt.splitlines()[1:] == [
        "[1] Ana: the parser is broken",
        "[2] botcore: Let me think about the parser.",
    ]
    assert "**TL;DR**\n\n- Ana says: the parser is broken [1]" in summary
    assert "Read 2 of 2 messages by 2 people" in summary


async def test_only_the_last_messages_are_read_when_a_number_is_given() -> None:
    engine = FakeEngine(honest)
    chat = Chat(talkative(), engine)
    for text in ("the parser is broken", "the lexer is fine"):
        await chat.say(text)

    assert "Read the last 2 messages by" in await chat.say("/summarize 2")
    assert "lexer" in engine.requests[0].prompt
    assert "broken" not in engine.requests[0].prompt


async def test_with_nothing_said_there_is_nothing_to_summarize() -> None:
    engine = FakeEngine(honest)

    answer = await Chat(botcore_summarize.plugin, engine).say("/summarize")

    assert answer.startswith("There is nothing to summarize yet")
    assert engine.requests == []


async def test_a_senseless_number_is_answered_with_what_to_do() -> None:
    chat = Chat(botcore_summarize.plugin, FakeEngine(honest))

    assert "at least 2" in await chat.say("/summarize 1")
    assert "/summarize [last]" in await chat.say("/summarize all")


async def test_progress_is_shown_while_it_works() -> None:
    def slowly(messages: Sequence[ModelMessage], options: Options) -> str:
        return honest(messages, options)

    chat = Chat(talkative(), FakeEngine(slowly, pace=0.02))
    await chat.say("the parser is broken")

    await chat.say("/summarize")

    assert any(version.progress == "Reading what was said" for version in chat.last_answer[0].versions)


class DeafAdapter(MemoryAdapter):
    """A platform that keeps something from the bot."""

    async def unheard(self, key: ConversationKey) -> str:
        return f"I hear little in {key.chat}."


async def test_what_the_bot_did_not_hear_is_told(tmp_path: Path) -> None:
    plugins = [talking_plugin(), botcore_summarize.plugin]
    async with running(tmp_path, FakeEngine(honest), plugins=plugins, adapter=DeafAdapter()) as at:
        empty = await at.ask("/summarize")
        for text in ("the parser is broken", "the lexer is fine"):
            await at.adapter.post(text, addressed=False)
        summary = await at.ask("/summarize")

    assert empty.endswith("\n\nI hear little in room.")
    assert summary.endswith("\n\nI hear little in room.")
    assert "Read 2 messages by 1 person" in summary


async def test_in_a_group_only_who_asked_reads_it_until_they_show_it() -> None:
    chat = Chat(talkative(), FakeEngine(honest))
    await chat.say("the parser is broken", group=True)
    await chat.say("the lexer is fine", author="Ben", group=True)

    in_the_group = await chat.say("/summarize", group=True)

    assert "parser" not in in_the_group
    assert "Ana says: the parser is broken [1]" in await chat.follow("Read it")
    assert "Ana says: the parser is broken [1]" in await chat.press("Show it to all here", group=True)
