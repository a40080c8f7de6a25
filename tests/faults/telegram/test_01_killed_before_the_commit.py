"""kill -9 after an update was fetched and before its row is committed."""

from __future__ import annotations

from tests.fakes.database_trouble import holding_commits
from tests.fakes.telegram import BotAccount, Person, Telegram
from tests.fakes.telegram_process import TelegramProcess
from tests.faults.databases import on_both_in_time


@on_both_in_time
async def test_telegram_delivers_it_again_and_there_is_one_reply(
    telegram: Telegram, account: BotAccount, ana: Person, bot: TelegramProcess
) -> None:
    await bot.start()
    async with holding_commits(bot):
        asked = ana.write("hello", account)
        update = account.updates.next_id - 1
        await telegram.until(lambda: account.updates.deliveries.get(update) == 1, "a delivery")
        await bot.kill()
    assert [one.id for one in account.updates.pending] == [update], "it was confirmed before its commit"
    assert bot.rows("select count(*) from inbox") == [(0,)]

    await bot.start()

    await telegram.until_said(account, asked.chat, "re: hello")
    assert account.updates.deliveries[update] >= 2
    await telegram.until(lambda: not account.updates.pending, "a confirmation")
    assert [message.text for message in telegram.said_by(account, asked.chat)] == ["re: hello"]
