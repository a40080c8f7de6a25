"""kill -9 after a send and before its receipt is recorded."""

from __future__ import annotations

from tests.fakes.telegram import BotAccount, Fault, Person, Telegram
from tests.fakes.telegram_crowd import SHOWN_OFFER
from tests.fakes.telegram_process import TelegramProcess


async def test_it_is_flagged_and_never_sent_again_blindly(
    telegram: Telegram, account: BotAccount, ana: Person, bot: TelegramProcess
) -> None:
    bot.settings["adapters.telegram"] = {"stream": "final"}
    await bot.start()
    telegram.faults.add(Fault(seconds_after=600), "sendMessage")
    chat = ana.write("hello", account).chat
    await telegram.until_said(account, chat, "re: hello")

    await bot.kill()
    await bot.start()

    ana.write("are you there?", account)
    await telegram.until_said(account, chat, f"re: are you there?\n\n{SHOWN_OFFER}")
    assert [message.text for message in telegram.said_by(account, chat)].count("re: hello") == 1
    ana.write("/missed", account)
    await telegram.until(lambda: len(telegram.said_by(account, chat)) == 3, "what may be missing")
    assert telegram.said_by(account, chat)[-1].text == "re: hello"


async def test_an_answer_that_hangs_is_in_doubt_too(
    telegram: Telegram, account: BotAccount, ana: Person, bot: TelegramProcess
) -> None:
    """The connection breaks after the effect: nobody dies, and nothing is sent twice."""
    bot.settings["adapters.telegram"] = {"stream": "final"}
    await bot.start()
    telegram.faults.add(Fault(cut_after=True), "sendMessage")
    chat = ana.write("hello", account).chat
    await telegram.until_said(account, chat, "re: hello")

    ana.write("and now?", account)

    await telegram.until_said(account, chat, f"re: and now?\n\n{SHOWN_OFFER}")
    assert len(telegram.said_by(account, chat)) == 2
