"""The bot is shown its own messages, or another bot's."""

from __future__ import annotations

import asyncio

from telegram import Bot

from tests.fakes.telegram import BotAccount, Person, Telegram
from tests.fakes.telegram_process import TelegramProcess

QUIET_SECONDS = 1.5


async def test_two_bots_in_a_group_do_not_talk_for_ever(
    telegram: Telegram, account: BotAccount, ana: Person, bot: TelegramProcess
) -> None:
    telegram.bots_hear_bots = True
    other = telegram.bot("other_bot", reads_all=True)
    room = telegram.group("Team", ana.user, account, other)
    await bot.start()
    async with Bot(other.token, base_url=telegram.base_url) as second:
        asked = ana.write("@helper_bot hello", room)
        await telegram.until(lambda: bool(telegram.answers_to(asked)), "an answer")
        for text in ("@helper_bot and you?", "/help@helper_bot"):
            await second.send_message(room.id, text)
        await telegram.until(lambda: not account.updates.pending, "a confirmation of all")
        await asyncio.sleep(QUIET_SECONDS)

    # Beside the answers stands a word, once, that what is said there is remembered.
    answers = [message for message in telegram.said_by(account, room) if message.reply_to]
    assert [message.reply_to for message in answers] == [asked]


async def test_its_own_messages_are_not_answered(
    telegram: Telegram, account: BotAccount, ana: Person, bot: TelegramProcess
) -> None:
    """Telegram shows a bot what it wrote itself only by way of linked channels and the like."""
    await bot.start()
    chat = ana.write("hello", account).chat
    await telegram.until_said(account, chat, "re: hello")
    [own] = telegram.said_by(account, chat)
    account.updates.add("message", own.json(), chat.id)
    await telegram.until(lambda: not account.updates.pending, "a confirmation")

    await asyncio.sleep(QUIET_SECONDS)

    assert len(telegram.said_by(account, chat)) == 1
