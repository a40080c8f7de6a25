"""5xx, connection reset, half-open connections."""

from __future__ import annotations

import asyncio

import pytest

from tests.fakes.faults import NO_FAULT
from tests.fakes.script import question, whole_answer
from tests.fakes.telegram import BotAccount, Fault, Person, Telegram
from tests.fakes.telegram_process import TelegramProcess

OUTAGE_SECONDS = 4.0


@pytest.mark.parametrize(
    "fault",
    [
        Fault(code=502),
        pytest.param(Fault(code=500), marks=pytest.mark.slow),
        Fault(cut_before=True),
        pytest.param(Fault(cut_after=True), marks=pytest.mark.slow),
    ],
    ids=["502", "500", "cut before", "cut after"],
)
async def test_polling_backs_off_and_nothing_is_lost(
    telegram: Telegram, account: BotAccount, ana: Person, bot: TelegramProcess, fault: Fault
) -> None:
    await bot.start()
    telegram.faults.choose = lambda method: fault if method == "getupdates" else NO_FAULT
    before = len(telegram.calls_of("getUpdates"))
    asked = [ana.write(text, account) for text in ("one", "two")]

    await asyncio.sleep(OUTAGE_SECONDS)
    attempts = len(telegram.calls_of("getUpdates")) - before
    telegram.faults.clear()

    for message in asked:
        await telegram.until_said(account, message.chat, f"re: {message.text}")
    texts = [message.text for message in telegram.said_by(account, ana.chat(account))]
    assert texts == ["re: one", "re: two"]
    assert attempts < 15, "it does not back off"


@pytest.mark.parametrize("fault", [Fault(code=500), Fault(code=502), Fault(cut_before=True)], ids=str)
async def test_an_answer_survives_calls_that_fail(
    telegram: Telegram, account: BotAccount, ana: Person, bot: TelegramProcess, fault: Fault
) -> None:
    """Once each for the first preview and for an edit; the message is there, whole, once."""
    await bot.start()
    asked = question("hello", words=5, pace=0.1)
    chat = ana.write(asked, account).chat
    telegram.faults.add(fault, "sendMessage")
    telegram.faults.add(fault, "editMessageText")

    await telegram.until_said(account, chat, whole_answer(asked))
    ana.write("again", account)
    await telegram.until_said(account, chat, "re: again")

    texts = [message.text for message in telegram.said_by(account, chat)]
    assert texts.count(whole_answer(asked)) == 1
    assert texts[-1] == "re: again"


@pytest.mark.slow
async def test_a_half_open_connection_is_given_up(
    telegram: Telegram, account: BotAccount, ana: Person, bot: TelegramProcess
) -> None:
    """The poll hangs for ever. The bot notices by itself, and polls anew."""
    await bot.start()
    telegram.faults.add(Fault(half_open=True), "getUpdates")
    account.updates.wake()
    chat = ana.write("hello", account).chat
    await telegram.until_said(account, chat, "re: hello", seconds=100)
    telegram.faults.add(Fault(half_open=True), "editMessageText")

    asked = question("again", words=5, pace=0.1)
    ana.write(asked, account)

    await telegram.until_said(account, chat, whole_answer(asked), seconds=100)


async def test_a_telegram_that_is_away_at_the_start_is_waited_for(
    telegram: Telegram, account: BotAccount, ana: Person, bot: TelegramProcess
) -> None:
    telegram.faults.choose = lambda method: Fault(code=502)
    bot.launch()
    asked = ana.write("hello", account)
    await telegram.until(lambda: len(telegram.calls) >= 2, "two attempts", 90)
    telegram.faults.clear()

    await telegram.until(lambda: account.updates.polls > 0, "a poll", 90)
    assert bot.is_running
    await telegram.until(lambda: not account.updates.pending, "the confirmation of what was written", 90)
    assert bot.rows("select count(*) from inbox") == [(0,)], "nobody has been let in"
    assert asked.text == "hello"
