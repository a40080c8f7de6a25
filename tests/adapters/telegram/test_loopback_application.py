"""A whole bot of python-telegram-bot's lives on the loopback Telegram."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    MessageHandler,
    filters,
)

from tests.fakes.telegram import BotAccount, Fault, Person, Telegram


async def _start(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    assert update.message
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("Again", callback_data="again")]])
    await update.message.reply_text("Welcome", reply_markup=keyboard)


async def _echo(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    assert update.message and update.message.text
    await update.message.reply_text(update.message.text, do_quote=True)


async def _press(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    assert update.callback_query
    await update.callback_query.answer("Here you are")
    await update.callback_query.edit_message_text("Welcome again")


@pytest.fixture
async def application(telegram: Telegram, account: BotAccount) -> AsyncIterator[None]:
    builder = Application.builder().token(account.token).base_url(telegram.base_url)
    application = builder.base_file_url(telegram.base_file_url).build()
    application.add_handler(CommandHandler("start", _start))
    application.add_handler(CallbackQueryHandler(_press))
    application.add_handler(MessageHandler(filters.TEXT, _echo))
    async with application:
        await application.start()
        assert application.updater
        await application.updater.start_polling()
        yield
        await application.updater.stop()
        await application.stop()


async def test_it_answers_commands_texts_and_buttons(
    telegram: Telegram, account: BotAccount, ana: Person, application: None
) -> None:
    chat = ana.start(account).chat
    await telegram.until(lambda: bool(telegram.said_by(account, chat)), "a welcome")
    [welcome] = telegram.said_by(account, chat)
    query = ana.press(welcome, "Again")
    await telegram.until(lambda: welcome.text == "Welcome again", "an edit")
    asked = ana.write("how are you?", account)
    await telegram.until(lambda: bool(telegram.answers_to(asked)), "an echo")

    assert query.answer == {"text": "Here you are"}
    assert telegram.answers_to(asked)[0].text == "how are you?"
    await telegram.until(lambda: not account.updates.pending, "the confirmation of all")


@pytest.mark.parametrize("fault", [Fault(code=502), Fault(cut_before=True), Fault(cut_after=True)])
async def test_it_goes_on_when_polling_breaks(
    telegram: Telegram, account: BotAccount, ana: Person, application: None, fault: Fault
) -> None:
    telegram.faults.add(fault, "getUpdates", times=2)
    account.updates.wake()
    asked = ana.write("still there?", account)

    await telegram.until(lambda: bool(telegram.answers_to(asked)), "an echo")
