"""A call of the webhook with a missing or wrong secret token."""

from __future__ import annotations

import socket

import aiohttp
import pytest

from tests.fakes.telegram import BotAccount, Person, Telegram
from tests.fakes.telegram_process import TelegramProcess

HEADER = "X-Telegram-Bot-Api-Secret-Token"


@pytest.fixture
def hook(bot: TelegramProcess) -> str:
    """The address of the bot's webhook."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        listen = f"127.0.0.1:{server.getsockname()[1]}"
    bot.settings["adapters.telegram"] = {"webhook_url": f"http://{listen}/telegram", "webhook_listen": listen}
    return f"http://{listen}/telegram"


async def test_it_is_refused_and_nothing_is_persisted(
    telegram: Telegram, account: BotAccount, ana: Person, bot: TelegramProcess, hook: str
) -> None:
    await bot.start()
    assert account.webhook
    assert len(account.webhook.secret) >= 32
    forged = {
        "update_id": 1,
        "message": ana.write("hello", account).json() | {"message_id": 4711, "text": "forged"},
    }
    wrong = account.webhook.secret[:-1] + ("0" if account.webhook.secret[-1] != "0" else "1")

    statuses = [
        await _post(hook, forged, headers)
        for headers in ({}, {HEADER: "x"}, {HEADER: wrong}, {HEADER: ""}, {HEADER: "ä"})
    ]

    assert set(statuses) <= {401, 403}
    await telegram.until_said(account, ana.chat(account), "re: hello")
    assert bot.rows("select text from message where text = 'forged'") == []
    assert bot.rows("select count(*) from inbox") == [(1,)]
    assert len(telegram.said_by(account, ana.chat(account))) == 1


async def test_what_can_not_be_read_is_no_end(
    telegram: Telegram, account: BotAccount, ana: Person, bot: TelegramProcess, hook: str
) -> None:
    await bot.start()
    assert account.webhook
    known = {HEADER: account.webhook.secret}
    async with aiohttp.ClientSession() as session:
        for body in (b"", b"no JSON", b"[]", b'{"update_id": "x", "message": 5}', b"\xff\xfe"):
            async with session.post(hook, data=body, headers=known) as response:
                assert 400 <= response.status < 500

    ana.write("hello", account)

    await telegram.until_said(account, ana.chat(account), "re: hello")


async def _post(url: str, body: object, headers: dict[str, str]) -> int:
    async with aiohttp.ClientSession() as session, session.post(url, json=body, headers=headers) as response:
        return response.status
