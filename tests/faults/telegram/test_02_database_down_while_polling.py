"""The database is down while updates are to be persisted."""

from __future__ import annotations

import asyncio

from tests.fakes.database_trouble import DOWN_SECONDS, database_down
from tests.fakes.telegram import BotAccount, Person, Telegram
from tests.fakes.telegram_process import TelegramProcess
from tests.faults.databases import on_both_in_time


@on_both_in_time
async def test_the_offset_does_not_advance_and_polling_catches_up(
    telegram: Telegram, account: BotAccount, ana: Person, bot: TelegramProcess
) -> None:
    await bot.start()
    ana.write("before", account)
    chat = ana.chat(account)
    await telegram.until_said(account, chat, "re: before")
    await telegram.until(lambda: not account.updates.pending, "a confirmation")

    async with database_down(bot):
        asked = [ana.write(text, account) for text in ("one", "two", "three")]
        await asyncio.sleep(DOWN_SECONDS)
        unconfirmed = len(account.updates.pending)
        alive = bot.is_running

    assert (unconfirmed, alive) == (len(asked), True)
    for message in asked:
        await telegram.until_said(account, chat, f"re: {message.text}")
    await telegram.until(lambda: not account.updates.pending, "a confirmation of all")
    texts = [message.text for message in telegram.said_by(account, chat)]
    assert texts == ["re: before", "re: one", "re: two", "re: three"]
