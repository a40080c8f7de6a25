"""kill -9 while what a button asked for is being done; the press that was not committed comes again."""

from __future__ import annotations

from tests.fakes.telegram import BotAccount, Message, Person, Telegram
from tests.fakes.telegram.model import Chat
from tests.fakes.telegram_process import TelegramProcess

DONE = "held by a button"


async def offered(telegram: Telegram, account: BotAccount, ana: Person) -> Message:
    """Wait for a message with a button."""
    chat = ana.write("/offer", account).chat
    await telegram.until(
        lambda: any(message.keyboard for message in telegram.said_by(account, chat)), "a button"
    )
    return telegram.said_by(account, chat)[0]


def done(telegram: Telegram, account: BotAccount, chat: Chat) -> int:
    return sum(DONE in message.text for message in telegram.said_by(account, chat))


async def test_a_press_that_was_committed_is_done_once(
    telegram: Telegram, account: BotAccount, ana: Person, bot: TelegramProcess
) -> None:
    await bot.start()
    message = await offered(telegram, account, ana)
    query = ana.press(message, "Hold")
    await telegram.until(lambda: query.answer is not None, "a sign that the press has arrived")

    await bot.kill()
    await bot.start()

    await telegram.until(lambda: done(telegram, account, message.chat) == 1, "what was to be done")
    await telegram.until(lambda: not message.keyboard, "a message without the button")
    assert done(telegram, account, message.chat) == 1


async def test_a_press_while_it_is_down_is_done_when_it_is_up(
    telegram: Telegram, account: BotAccount, ana: Person, bot: TelegramProcess
) -> None:
    await bot.start()
    message = await offered(telegram, account, ana)
    await bot.kill()
    ana.press(message, "Hold")
    ana.press(message, "Hold")

    await bot.start()

    await telegram.until(lambda: done(telegram, account, message.chat) >= 1, "what was to be done")
    await telegram.until(lambda: not message.keyboard, "a message without the button")
    assert done(telegram, account, message.chat) == 1
