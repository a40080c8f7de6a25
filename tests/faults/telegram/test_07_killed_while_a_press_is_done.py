"""kill -9 while what a button asked for is being done; the press that was not committed comes again."""

from __future__ import annotations

import pytest

from tests.fakes.telegram import BotAccount, Message, Person, Telegram
from tests.fakes.telegram.model import Chat
from tests.fakes.telegram_process import TelegramProcess

DONE = "held by a button"
DELIVERED = "select count(*) from outbox where state = 'delivered'"


async def offered(telegram: Telegram, account: BotAccount, ana: Person, bot: TelegramProcess) -> Message:
    """Wait for a message with a button, and until the bot knows that it is there."""
    chat = ana.write("/offer", account).chat
    await telegram.until(
        lambda: any(message.keyboard for message in telegram.said_by(account, chat)), "a button"
    )
    await telegram.until(lambda: bot.rows(DELIVERED)[0][0] > 0, "its receipt")
    return telegram.said_by(account, chat)[0]


def done(telegram: Telegram, account: BotAccount, chat: Chat) -> int:
    return sum(DONE in message.text for message in telegram.said_by(account, chat))


async def test_a_press_that_was_committed_is_done_once(
    telegram: Telegram, account: BotAccount, ana: Person, bot: TelegramProcess
) -> None:
    await bot.start()
    message = await offered(telegram, account, ana, bot)
    query = ana.press(message, "Hold")
    await telegram.until(lambda: query.answer is not None, "a sign that the press has arrived")

    await bot.kill()
    await bot.start()

    await telegram.until(lambda: done(telegram, account, message.chat) == 1, "what was to be done")
    await telegram.until(lambda: not message.keyboard, "a message without the button")
    assert done(telegram, account, message.chat) == 1


@pytest.mark.slow
async def test_a_press_while_it_is_down_is_done_when_it_is_up(
    telegram: Telegram, account: BotAccount, ana: Person, bot: TelegramProcess
) -> None:
    await bot.start()
    message = await offered(telegram, account, ana, bot)
    await bot.kill()
    ana.press(message, "Hold")
    ana.press(message, "Hold")

    await bot.start()

    await telegram.until(lambda: done(telegram, account, message.chat) >= 1, "what was to be done")
    await telegram.until(lambda: not message.keyboard, "a message without the button")
    assert done(telegram, account, message.chat) == 1
