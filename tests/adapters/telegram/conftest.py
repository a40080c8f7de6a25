"""A Telegram on loopback with a bot and a person."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from telegram import Bot

from tests.fakes.clock import Clock
from tests.fakes.telegram import BotAccount, Person, Telegram


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def telegram(clock: Clock) -> AsyncIterator[Telegram]:
    async with Telegram(clock=clock) as telegram:
        yield telegram


@pytest.fixture
def account(telegram: Telegram) -> BotAccount:
    return telegram.bot()


@pytest.fixture
def ana(telegram: Telegram) -> Person:
    return telegram.person("Ana", "ana")


@pytest.fixture
async def bot(telegram: Telegram, account: BotAccount) -> AsyncIterator[Bot]:
    async with Bot(account.token, base_url=telegram.base_url, base_file_url=telegram.base_file_url) as bot:
        yield bot
