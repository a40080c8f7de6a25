"""Somebody who never was in a private group of Telegram's, or left it, asks what is said there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.telegram import BotAccount, Person, Telegram
from tests.fakes.telegram_process import TelegramProcess

NOT_FOUND = "There is no such chat, or you are not in it."
NOWHERE = "-1001234567890"


@pytest.fixture
def account(telegram: Telegram) -> BotAccount:
    return telegram.bot(reads_all=True)


@pytest.fixture
def bot(tmp_path: Path, telegram: Telegram, account: BotAccount) -> TelegramProcess:
    return TelegramProcess(tmp_path / "bot", telegram, account)


async def test_it_is_not_found_and_who_is_there_gets_it(
    telegram: Telegram, account: BotAccount, ana: Person, bot: TelegramProcess
) -> None:
    ben, eve = telegram.person("Ben"), telegram.person("Eve")
    board = telegram.group("The board", ana.user, ben.user, account)
    async with bot:
        for who, text in ((ana, "we merge with the other company"), (ben, "agreed"), (ana, "on Monday")):
            who.write(text, board)
        await telegram.until(lambda: bot.rows("select count(*) from message") == [(3,)], "three messages")

        for chat in (str(board.id), NOWHERE):
            asked = eve.write(f"/summarize --chat {chat}", account)
            await telegram.until_said(account, asked.chat, NOT_FOUND)
            said = [message.text for message in telegram.said_by(account, asked.chat)]
            assert set(said) == {NOT_FOUND}
        asked = ben.write(f"/summarize --chat {board.id}", account)
        await telegram.until(
            lambda: any("Monday" in m.text for m in telegram.said_by(account, asked.chat)), "a summary"
        )
