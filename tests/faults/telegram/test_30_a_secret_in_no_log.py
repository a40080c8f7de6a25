"""The bot's token and what people write are in no log, whatever fails."""

from __future__ import annotations

import pytest

from tests.fakes.plugin import CANARY
from tests.fakes.telegram import BotAccount, Fault, Person, Telegram
from tests.fakes.telegram_process import TelegramProcess


@pytest.mark.parametrize("form", ["text", pytest.param("json", marks=pytest.mark.slow)])
async def test_the_token_appears_in_no_log(
    telegram: Telegram, account: BotAccount, ana: Person, bot: TelegramProcess, form: str
) -> None:
    """It stands in the address of every call, and libraries log and raise addresses."""
    bot.settings["log"] = {"level": "debug", "format": form}
    for fault in (Fault(code=502), Fault(cut_after=True), Fault(code=429)):
        telegram.faults.add(fault, "getUpdates")
    for fault in (Fault(code=500), Fault(code=429)):
        telegram.faults.add(fault, "sendMessage")
    telegram.faults.add(Fault(cut_before=True), "editMessageText")
    await bot.start()
    chat = ana.write(CANARY, account).chat
    await telegram.until_said(account, chat, f"re: {CANARY}", seconds=90)
    ana.block(account)
    ana.write("hello?", account)
    await telegram.until(lambda: any(call.code == 403 for call in telegram.calls), "a refusal")
    await bot.kill()

    secret = account.token.partition(":")[2]
    assert secret not in bot.logs + bot.output
    assert CANARY not in bot.logs + bot.output
