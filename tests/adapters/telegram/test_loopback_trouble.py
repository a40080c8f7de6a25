"""The faults of the loopback Telegram, judged by python-telegram-bot."""

from __future__ import annotations

from datetime import timedelta

import pytest
from telegram import (
    Bot,
)
from telegram.error import (
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from tests.fakes.clock import Clock
from tests.fakes.telegram import BotAccount, Fault, Person, Telegram

# Of `RetryAfter.retry_after`, whose type will change.
pytestmark = pytest.mark.filterwarnings("ignore:Deprecated since version v22.2")


class TestTrouble:
    async def test_who_writes_too_fast_is_told_how_long_to_wait(
        self, telegram: Telegram, account: BotAccount, bot: Bot, ana: Person, clock: Clock
    ) -> None:
        telegram.pace.interval = 3.0
        ana.start(account)
        await bot.send_message(ana.id, "one")
        with pytest.raises(RetryAfter) as error:
            await bot.send_message(ana.id, "two")
        assert error.value._retry_after == timedelta(seconds=3)
        clock.now += 3
        await bot.send_message(ana.id, "three")

        assert [call.code for call in telegram.calls_of("sendMessage")] == [200, 429, 200]

    @pytest.mark.parametrize(
        ("fault", "error", "messages"),
        [
            (Fault(code=502), NetworkError, 0),
            (Fault(cut_before=True), NetworkError, 0),
            (Fault(cut_after=True), NetworkError, 1),
            (Fault(half_open=True), TimedOut, 1),
            (Fault(seconds_after=9), TimedOut, 1),
            (Fault(code=429, retry_after=9), RetryAfter, 0),
        ],
    )
    async def test_a_fault_meets_one_call(
        self,
        telegram: Telegram,
        account: BotAccount,
        bot: Bot,
        ana: Person,
        fault: Fault,
        error: type[TelegramError],
        messages: int,
    ) -> None:
        chat = ana.start(account).chat
        telegram.faults.add(fault, "sendMessage")

        with pytest.raises(error):
            await bot.send_message(ana.id, "hello", read_timeout=0.5)
        assert len(telegram.said_by(account, chat)) == messages
        await bot.send_message(ana.id, "hello")
        assert len(telegram.said_by(account, chat)) == messages + 1
