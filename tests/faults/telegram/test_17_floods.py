"""429 with `retry_after`."""

from __future__ import annotations

import pytest

from tests.fakes.script import question, whole_answer
from tests.fakes.telegram import BotAccount, Chat, Person, Telegram
from tests.fakes.telegram_process import TelegramProcess

PATIENCE = 3.0  # seconds


async def test_it_waits_as_told_keeps_the_order_and_brings_the_final_text(
    telegram: Telegram, account: BotAccount, ana: Person, bot: TelegramProcess
) -> None:
    await bot.start()
    first, second = question("first", words=40, pace=0.05), question("second", words=5)
    chat = ana.write(first, account).chat
    ana.write(second, account)
    await telegram.until(lambda: bool(telegram.said_by(account, chat)), "a beginning of the answer")
    begun = telegram.clock()
    telegram.flood(chat, PATIENCE)

    await telegram.until_said(account, chat, whole_answer(second))

    assert [message.text for message in telegram.said_by(account, chat)] == [
        whole_answer(first),
        whole_answer(second),
    ]
    during = [call for call in _sends(telegram, chat) if begun <= call[0] < begun + PATIENCE]
    assert [code for _, code in during] == [429], "it was told to wait and did not"


async def test_another_chat_is_not_held_up(
    telegram: Telegram, account: BotAccount, ana: Person, bot: TelegramProcess
) -> None:
    await bot.start()
    chat = ana.chat(account)
    telegram.flood(chat, 2 * PATIENCE)
    ana.write("hello", account)
    await telegram.until(lambda: bool(_sends(telegram, chat)), "an attempt")
    ben = telegram.person("Ben")

    ben.write("hello", account)

    await telegram.until_said(account, ben.chat(account), "re: hello")
    assert telegram.said_by(account, chat) == []
    await telegram.until_said(account, chat, "re: hello")


@pytest.mark.slow
async def test_the_real_limits_are_kept_without_being_told(
    telegram: Telegram, account: BotAccount, ana: Person, bot: TelegramProcess
) -> None:
    """About one message a second in a chat: the bot paces itself, and is hardly ever refused."""
    telegram.pace.interval, telegram.pace.burst = 1.0, 3
    await bot.start()
    asked = question("long", words=60, pace=0.1)
    chat = ana.write(asked, account).chat

    await telegram.until_said(account, chat, whole_answer(asked))

    refused = [code for _, code in _sends(telegram, chat) if code == 429]
    assert len(refused) <= 1
    assert len(telegram.said_by(account, chat)[0].versions) > 3, "it was not shown while it was written"


def _sends(telegram: Telegram, chat: Chat) -> list[tuple[float, int]]:
    calls = telegram.calls_of("sendMessage", "editMessageText")
    return [(call.at, call.code) for call in calls if call.chat == str(chat.id)]
