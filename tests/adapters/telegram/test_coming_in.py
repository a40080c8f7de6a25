"""Telegram may forget an update when it is committed, and not before; polling and webhook alike."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from telegram.ext._utils import networkloop

from botcore import Accepted, AdapterSetup, Event, InboundEvent
from botcore.errors import ConfigError
from botcore_telegram import TelegramAdapter
from botcore_telegram.settings import BotSettings
from botcore_telegram.webhook import SECRET
from tests.adapters.telegram.meeting import Meeting, meeting
from tests.fakes.telegram import BotAccount, Fault, Person, Telegram

_sleep = asyncio.sleep


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    class Quick:
        """The library's asyncio, but for its patience."""

        def __getattr__(self, name: str) -> Any:
            return getattr(asyncio, name)

        async def sleep(self, seconds: float) -> None:
            await _sleep(min(seconds, 0.01))

    monkeypatch.setattr(networkloop, "asyncio", Quick())


def free_address() -> str:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{server.getsockname()[1]}"


async def test_what_could_not_be_committed_comes_again_in_its_order(
    telegram: Telegram, account: BotAccount, ana: Person
) -> None:
    for number in range(5):
        ana.write(f"message {number}", account)
    async with meeting(telegram, account) as here:
        here.failures = 3
        await telegram.until(lambda: not account.updates.pending, "a confirmation", 20)

    texts = list(dict.fromkeys(text for text, _ in here.texts))
    assert texts == [f"message {number}" for number in range(5)]


async def test_people_in_different_chats_do_not_wait_for_each_other(
    telegram: Telegram, account: BotAccount, ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana.write("slow", account)
    telegram.person("Bo").write("quick", account)
    may_end = asyncio.Event()

    async def receive(here: Meeting, event: Event) -> Accepted:
        if isinstance(event, InboundEvent) and event.text == "slow":
            await may_end.wait()
        here.events.append(event)
        return Accepted.NOTED

    monkeypatch.setattr(Meeting, "receive", receive)
    async with meeting(telegram, account) as here:
        await here.heard(1)
        assert here.texts == [("quick", True)]
        may_end.set()
        await here.heard(2)


async def test_an_update_that_nobody_understands_holds_up_no_other(
    telegram: Telegram, account: BotAccount, ana: Person
) -> None:
    account.updates.add("message", {"message_id": "what is this?"}, 1)
    account.updates.add("message", {"date": None}, 1)
    ana.write("hello", account)
    async with meeting(telegram, account) as here:
        assert (await here.message()).text == "hello"
        await telegram.until(lambda: not account.updates.pending, "a confirmation", 15)


async def test_another_poller_is_told_of_once_and_until_it_has_gone(
    telegram: Telegram, account: BotAccount, ana: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    async with meeting(telegram, account) as here:
        telegram.faults.add(Fault(code=409), "getUpdates", times=3)
        ana.write("hello", account)
        await telegram.until(lambda: "another program" in here.adapter.trouble, "trouble", 15)
        await here.heard(1)
        await telegram.until(lambda: not here.adapter.trouble, "an end of the trouble", 15)

    assert capsys.readouterr().out.count("telegram_in_trouble") == 1


async def test_a_telegram_that_gives_no_answer_is_told_until_it_does(
    telegram: Telegram, account: BotAccount, ana: Person
) -> None:
    async with meeting(telegram, account) as here:
        telegram.faults.add(Fault(code=502), "getUpdates", times=5)
        ana.write("hello", account)
        await telegram.until(lambda: "can't be reached" in here.adapter.trouble, "trouble", 15)
        await here.heard(1)
        await telegram.until(lambda: not here.adapter.trouble, "an end of the trouble", 15)


async def test_a_webhook_that_was_set_is_taken_away_by_one_that_polls(
    telegram: Telegram, account: BotAccount, ana: Person
) -> None:
    async with meeting(telegram, account, webhook_url="http://127.0.0.1:1/x", webhook_listen=free_address()):
        await telegram.until(lambda: account.webhook is not None, "a webhook", 15)
    async with meeting(telegram, account) as here:
        ana.write("hello", account)
        await here.heard(1)

    assert account.webhook is None


async def test_a_wrong_token_ends_the_adapter_with_a_line_that_does_not_show_it(telegram: Telegram) -> None:
    token = "123456:AAFwrongwrongwrongwrongwrongwrong"
    adapter = TelegramAdapter(AdapterSetup({"token": token, "base_url": telegram.base_url}, Path()))
    with pytest.raises(ConfigError, match="does not accept the token of the bot 123456") as raised:
        await adapter.run(Meeting(telegram, adapter).receive)
    await adapter.close()

    assert token not in str(raised.value)
    assert raised.value.__cause__ is None


async def test_of_two_bots_the_one_with_a_right_token_goes_on(
    telegram: Telegram, account: BotAccount, ana: Person
) -> None:
    bots = {"bad": {"token": "123456:AAFwrongwrongwrong"}}
    async with meeting(telegram, account, bots=bots) as here:
        ana.write("hello", account)
        await here.heard(1)
        await telegram.until(lambda: "123456" in here.adapter.trouble, "trouble", 15)


async def test_telegram_may_be_out_of_reach_at_the_start(
    telegram: Telegram, account: BotAccount, ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("botcore_telegram.adapter.FIRST_PAUSE", 0.01)
    monkeypatch.setattr("botcore_telegram.adapter.LONGEST_PAUSE", 0.02)
    telegram.faults.add(Fault(code=502), "getMe", times=3)
    ana.write("hello", account)
    async with meeting(telegram, account) as here:
        await here.heard(1)

        assert here.adapter.trouble == ""


async def test_telegram_is_told_of_a_webhook_until_it_takes_it(
    telegram: Telegram, account: BotAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("botcore_telegram.webhook.FIRST_PAUSE", 0.2)
    telegram.faults.add(Fault(code=502), "setWebhook", times=3)
    listen = free_address()
    async with meeting(telegram, account, webhook_url=f"http://{listen}/x", webhook_listen=listen) as here:
        await telegram.until(lambda: "can't be reached" in here.adapter.trouble, "trouble", 15)
        await telegram.until(lambda: account.webhook is not None, "a webhook", 15)
        await telegram.until(lambda: not here.adapter.trouble, "an end of the trouble", 15)


UPDATE = {
    "update_id": 7,
    "message": {
        "message_id": 1,
        "date": 1_800_000_000,
        "chat": {"id": 5, "type": "private", "first_name": "Ana"},
        "from": {"id": 5, "is_bot": False, "first_name": "Ana"},
        "text": "hello",
    },
}


@pytest.mark.parametrize(
    ("shown", "status"), [(None, 401), ("", 401), ("wrong", 403), ("ü", 403), ("right", 200)]
)
async def test_a_call_without_the_secret_is_refused_unread(
    telegram: Telegram, account: BotAccount, shown: str | None, status: int
) -> None:
    listen = free_address()
    secret = BotSettings.model_validate({"token": account.token}).webhook_secret
    headers = {} if shown is None else {SECRET: secret if shown == "right" else shown}
    url = f"http://{listen}/telegram"
    async with meeting(telegram, account, webhook_url=url, webhook_listen=listen) as here:
        await telegram.until(lambda: account.webhook is not None, "a webhook", 15)
        async with aiohttp.ClientSession() as client:
            async with client.post(url, json=UPDATE, headers=headers) as answer:
                assert answer.status == status
            async with client.post(f"http://{listen}/elsewhere", json=UPDATE, headers=headers) as answer:
                assert answer.status == (401 if status == 401 else 403)

    assert [event.text for event in here.events if isinstance(event, InboundEvent)] == ["hello"] * (
        status == 200
    )


async def test_a_call_is_answered_when_it_is_committed_and_comes_again_otherwise(
    telegram: Telegram, account: BotAccount, ana: Person
) -> None:
    listen = free_address()
    url = f"http://{listen}/telegram"
    secret = BotSettings.model_validate({"token": account.token}).webhook_secret
    async with meeting(telegram, account, webhook_url=url, webhook_listen=listen) as here:
        await telegram.until(lambda: account.webhook is not None, "a webhook", 15)
        here.failures = 1
        async with aiohttp.ClientSession(headers={SECRET: secret}) as client:
            for status in (503, 200):
                async with client.post(url, json=UPDATE) as answer:
                    assert answer.status == status
            for senseless in (b"no json", b"[]", b"7", b"{}"):
                async with client.post(url, data=senseless) as answer:
                    assert answer.status == 400
            async with client.post(url, json={"update_id": 8, "message": 1}) as answer:
                assert answer.status == 200  # it would never be understood

    assert len(here.events) == 1
