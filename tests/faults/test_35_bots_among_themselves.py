"""The bot sees its own messages, or another bot's."""

from __future__ import annotations

import asyncio

from tests.fakes.bot_process import BotProcess
from tests.fakes.platform import Json, Platform, Post

QUIET_SECONDS = 1.5


async def test_its_own_messages_are_not_answered(platform: Platform, bot: BotProcess) -> None:
    platform.echo = True
    await bot.start()
    for text in ("hello", "/help"):
        await platform.until_answered(platform.post(text))

    await asyncio.sleep(QUIET_SECONDS)

    assert len(platform.messages) == 2
    assert any(post.is_bot for post in platform.posts.values()), "it was shown its own"


async def test_two_bots_in_a_room_do_not_talk_for_ever(platform: Platform, bot: BotProcess) -> None:
    def other_bot(call: Json) -> None:
        if call["op"] == "create":
            platform.post(f"I heard: {call['text']}", chat=call["chat"], author="r2", is_bot=True)

    platform.hear = other_bot
    await bot.start()
    await platform.until_answered(platform.post("hello"))

    await asyncio.sleep(QUIET_SECONDS)

    assert len(platform.messages) == 1
    assert sum(_is_the_others(post) for post in platform.posts.values()) == 1


async def test_a_strange_bot_is_not_even_told_how_to_come_in(platform: Platform, bot: BotProcess) -> None:
    def other_bot(call: Json) -> None:
        if call["op"] == "create":
            platform.post(f"I heard: {call['text']}", chat=call["chat"], author="r2", is_bot=True)

    platform.hear = other_bot
    bot.settings["adapters.loopback"] = {"trusted": False}
    await bot.start()
    platform.post("hello", author="r2", is_bot=True)
    platform.post("hello?", chat="ana")
    await platform.until(lambda: len(platform.messages) == 1, "an invitation for Ana")

    await asyncio.sleep(QUIET_SECONDS)

    assert [message.chat for message in platform.messages.values()] == ["ana"]


def _is_the_others(post: Post) -> bool:
    return post.author == "r2"
