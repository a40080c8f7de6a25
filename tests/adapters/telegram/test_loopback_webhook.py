"""How the loopback Telegram brings updates to a webhook."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from telegram import Bot
from telegram.error import BadRequest

from tests.fakes.telegram import BotAccount, Person, Telegram


class Receiver:
    """A web server of a bot's."""

    def __init__(self) -> None:
        self.statuses: list[int] = []  # of the next answers; then 200
        self.taken: list[dict[str, Any]] = []
        self.secrets: list[str | None] = []
        self.url = ""

    async def take(self, request: web.Request) -> web.Response:
        self.secrets.append(request.headers.get("X-Telegram-Bot-Api-Secret-Token"))
        status = self.statuses.pop(0) if self.statuses else 200
        if status == 200:
            self.taken.append(await request.json())
        return web.Response(status=status)

    @property
    def texts(self) -> list[str]:
        return [update["message"]["text"] for update in self.taken]


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/hook", receiver.take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield receiver
    await runner.cleanup()


async def test_updates_come_in_order_with_the_secret(
    telegram: Telegram, account: BotAccount, bot: Bot, ana: Person, receiver: Receiver
) -> None:
    ana.write("before", account)
    await bot.set_webhook(receiver.url, secret_token="s3cret")
    ana.write("after", account)

    await telegram.until(lambda: len(receiver.taken) == 2, "two updates")

    assert receiver.texts == ["before", "after"]
    assert set(receiver.secrets) == {"s3cret"}
    await telegram.until(lambda: not account.updates.pending, "their confirmation")


async def test_what_is_not_taken_comes_again_and_holds_up_its_chat_only(
    telegram: Telegram, account: BotAccount, bot: Bot, ana: Person, receiver: Receiver
) -> None:
    receiver.statuses = [503, 500]
    await bot.set_webhook(receiver.url)
    ana.write("one", account)
    await telegram.until(lambda: len(receiver.secrets) >= 1, "a first attempt")
    ana.write("two", account)

    await telegram.until(lambda: len(receiver.taken) == 2, "both updates")

    assert receiver.texts == ["one", "two"]
    info = await bot.get_webhook_info()
    assert info.url == receiver.url
    assert info.last_error_message == "Wrong response from the webhook: 500 Internal Server Error"


async def test_nobody_at_home_is_no_loss(
    telegram: Telegram, account: BotAccount, bot: Bot, ana: Person, receiver: Receiver
) -> None:
    await bot.set_webhook("http://127.0.0.1:9/hook")
    ana.write("hello", account)
    assert account.webhook
    webhook = account.webhook
    await telegram.until(lambda: len(webhook.attempts) >= 2, "two attempts")
    assert (await bot.get_webhook_info()).pending_update_count == 1

    await bot.set_webhook(receiver.url)

    await telegram.until(lambda: receiver.texts == ["hello"], "the update")


async def test_an_update_may_come_twice(
    telegram: Telegram, account: BotAccount, bot: Bot, ana: Person, receiver: Receiver
) -> None:
    await bot.set_webhook(receiver.url)
    ana.write("hello", account)
    await telegram.until(lambda: len(receiver.taken) == 1 and not account.updates.pending, "an update")
    account.updates.again(receiver.taken[0]["update_id"])

    await telegram.until(lambda: len(receiver.taken) == 2, "the same update")

    assert receiver.taken[0] == receiver.taken[1]


async def test_an_address_without_tls_or_a_secret_with_odd_characters_is_refused(bot: Bot) -> None:
    with pytest.raises(BadRequest, match=r"(?i)an https url must be provided for webhook"):
        await bot.set_webhook("http://example.org/hook")
    with pytest.raises(BadRequest, match="Secret token contains unallowed characters"):
        await bot.set_webhook("https://example.org/hook", secret_token="with a space")
