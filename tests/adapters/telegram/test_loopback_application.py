"""A whole bot of python-telegram-bot's lives on the loopback Telegram."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator

import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    MessageHandler,
    filters,
)

from tests.fakes.bot_process import ROOT
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


async def test_it_stands_alone_too() -> None:
    """As a process of its own, with whoever types there as the only person."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.fakes.telegram", "0"),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin and process.stdout
    try:
        address = (await process.stdout.readline()).decode().split(" = ")[1].strip()
        token = (await process.stdout.readline()).decode().split("=")[1].strip()
        async with Bot(token, base_url=f"{address}/bot") as bot:
            process.stdin.write(b"hello\n")
            [update] = await bot.get_updates(timeout=10)
            assert update.message and update.message.text == "hello"
            await bot.send_message(update.message.chat_id, "good day")
            assert (await process.stdout.readline()).endswith(b": good day\n")
    finally:
        process.kill()
        await process.wait()
