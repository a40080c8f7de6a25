"""How the loopback Telegram brings updates, judged by python-telegram-bot."""

from __future__ import annotations

import asyncio

import pytest
from telegram import (
    Bot,
)
from telegram.error import (
    Conflict,
    InvalidToken,
)

from tests.fakes.clock import Clock
from tests.fakes.telegram import BotAccount, Person, Telegram


async def test_a_bot_knows_itself(telegram: Telegram, account: BotAccount, bot: Bot) -> None:
    me = await bot.get_me()

    assert (me.id, me.username, me.is_bot) == (account.user.id, "helper_bot", True)
    assert me.can_read_all_group_messages is False


@pytest.mark.parametrize(("token", "code"), [("12345:unknown-but-well-formed", 401), ("nonsense", 404)])
async def test_a_wrong_token_is_refused(telegram: Telegram, token: str, code: int) -> None:
    bot = Bot(token, base_url=telegram.base_url)
    with pytest.raises(InvalidToken):
        await bot.initialize()
    await bot.shutdown()

    assert [call.code for call in telegram.calls] == [code]


class TestUpdates:
    async def test_what_is_not_confirmed_comes_again(
        self, account: BotAccount, bot: Bot, ana: Person
    ) -> None:
        ana.start(account)
        ana.write("hello", account)

        first, second = await bot.get_updates(timeout=1)
        again = await bot.get_updates(offset=second.update_id, timeout=1)
        nothing = await bot.get_updates(offset=second.update_id + 1, timeout=0)

        assert first.message and first.message.text == "/start"
        assert [update.update_id for update in again] == [second.update_id]
        assert nothing == ()
        assert account.updates.deliveries == {first.update_id: 1, second.update_id: 2}

    async def test_a_long_poll_ends_when_something_happens(
        self, account: BotAccount, bot: Bot, ana: Person
    ) -> None:
        polling = asyncio.create_task(bot.get_updates(timeout=30))
        await asyncio.sleep(0.05)
        ana.write("hello", account)

        [update] = await polling

        assert update.effective_user and update.effective_user.first_name == "Ana"
        assert update.effective_chat and update.effective_chat.id == ana.id

    async def test_updates_are_kept_for_a_day(
        self, account: BotAccount, bot: Bot, ana: Person, clock: Clock
    ) -> None:
        ana.write("old", account)
        clock.now += 24 * 3600 + 1
        ana.write("new", account)

        [update] = await bot.get_updates(timeout=0)

        assert update.message and update.message.text == "new"

    async def test_only_what_is_asked_for_is_told(self, account: BotAccount, bot: Bot, ana: Person) -> None:
        await bot.get_updates(allowed_updates=["edited_message"], timeout=0)
        message = ana.write("hello", account)
        ana.edit(message, "hello!")

        [update] = await bot.get_updates(timeout=0)

        assert update.edited_message and update.edited_message.text == "hello!"

    async def test_a_second_poller_ends_the_first(
        self, telegram: Telegram, account: BotAccount, bot: Bot
    ) -> None:
        first = asyncio.create_task(bot.get_updates(timeout=30))
        await telegram.until(lambda: account.updates.polls == 1, "a poll")
        async with Bot(account.token, base_url=telegram.base_url) as second:
            await second.get_updates(timeout=0)

        with pytest.raises(Conflict, match="terminated by other getUpdates request"):
            await first

    async def test_there_is_no_polling_beside_a_webhook(self, bot: Bot) -> None:
        await bot.set_webhook("https://example.org/hook")

        with pytest.raises(Conflict, match="can't use getUpdates method while webhook is active"):
            await bot.get_updates(timeout=0)

        await bot.delete_webhook()
        assert await bot.get_updates(timeout=0) == ()
        assert (await bot.get_webhook_info()).url == ""

    async def test_an_update_may_come_again_although_it_was_confirmed(
        self, account: BotAccount, bot: Bot, ana: Person
    ) -> None:
        ana.write("hello", account)
        [update] = await bot.get_updates(timeout=0)
        assert await bot.get_updates(offset=update.update_id + 1, timeout=0) == ()
        account.updates.again(update.update_id)

        [again] = await bot.get_updates(offset=update.update_id + 1, timeout=0)

        assert again.update_id == update.update_id
