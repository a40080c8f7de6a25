"""The same event 2 to 4 times, at once, after a while, and to another process."""

from __future__ import annotations

import asyncio

from tests.fakes.telegram import BotAccount, Person, Telegram
from tests.fakes.telegram_process import TelegramProcess

QUIET_SECONDS = 1.5


async def test_one_turn_and_one_reply(
    telegram: Telegram, account: BotAccount, ana: Person, bot: TelegramProcess
) -> None:
    await bot.start()
    asked = ana.write("hello", account)
    update = account.updates.next_id - 1
    account.updates.again(update)  # in the same batch, or in the next
    await telegram.until_said(account, asked.chat, "re: hello")
    account.updates.again(update)
    await telegram.until(lambda: account.updates.deliveries[update] >= 3, "another delivery")
    await bot.kill()
    account.updates.again(update)
    await bot.start()
    await telegram.until(lambda: account.updates.deliveries[update] >= 4, "another delivery")

    await asyncio.sleep(QUIET_SECONDS)

    assert [message.text for message in telegram.said_by(account, asked.chat)] == ["re: hello"]
    assert bot.rows("select count(*) from inbox") == [(1,)]


async def test_a_message_whose_update_has_another_number_is_the_same_message(
    telegram: Telegram, account: BotAccount, ana: Person, bot: TelegramProcess
) -> None:
    """As after a change between polling and webhook, or by a Bot API server of one's own."""
    await bot.start()
    asked = ana.write("hello", account)
    await telegram.until_said(account, asked.chat, "re: hello")
    account.updates.add("message", asked.json(), asked.chat.id)
    await telegram.until(lambda: not account.updates.pending, "its confirmation")

    await asyncio.sleep(QUIET_SECONDS)

    assert len(telegram.said_by(account, asked.chat)) == 1
