"""python-telegram-bot says again what it is told, without a database: `bare_bot.py BASE_URL CONCURRENCY`."""

from __future__ import annotations

import logging
import os
import sys

from telegram import Update
from telegram.ext import Application, ContextTypes, MessageHandler, filters


async def echo(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    assert update.message and update.message.text
    await context.bot.send_message(update.message.chat_id, update.message.text)


def main() -> None:
    base_url, concurrency = sys.argv[1], int(sys.argv[2])
    logging.disable()
    application = (
        Application.builder()
        .token(os.environ["BOT_TOKEN"])
        .base_url(base_url)
        .concurrent_updates(concurrency)
        .connection_pool_size(concurrency)
        .build()
    )
    application.add_handler(MessageHandler(filters.TEXT, echo))
    application.run_polling(timeout=30)


if __name__ == "__main__":
    main()
