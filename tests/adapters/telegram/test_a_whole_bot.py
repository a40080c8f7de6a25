"""A real bot process with a real database, on the loopback Telegram."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fakes.telegram import BotAccount, Person, Telegram
from tests.fakes.telegram_process import TelegramProcess


@pytest.fixture
async def telegram() -> AsyncIterator[Telegram]:
    async with Telegram() as telegram:  # with the clock of the other process
        yield telegram


@pytest.fixture
async def bot(tmp_path: Path, telegram: Telegram, account: BotAccount) -> AsyncIterator[TelegramProcess]:
    account.reads_all = True
    async with TelegramProcess(tmp_path / "bot", telegram, account) as bot:
        yield bot


async def test_a_group_that_moves_keeps_its_conversation_and_its_memory(
    telegram: Telegram, account: BotAccount, ana: Person, bot: TelegramProcess
) -> None:
    room = telegram.group("Room", ana.user, account, kind="group")
    ana.write("an aside", room)
    ana.write("@helper_bot first", room)
    await telegram.until_said(account, room, "re: first")

    new = telegram.move(room)
    ana.write("@helper_bot second", new)
    await telegram.until_said(account, new, "re: second")

    chats = bot.rows("select platform_chat_id, former_id from chat where not is_direct")
    assert chats == [(str(new.id), str(room.id))]
    assert bot.rows("select count(*) from conversation") == [(1,)]
    said = bot.rows("select text from message where identity_id is not null order by id")
    assert said == [("an aside",), ("first",), ("second",)]


async def test_what_people_change_and_what_nobody_can_read(
    telegram: Telegram, account: BotAccount, ana: Person, bot: TelegramProcess
) -> None:
    asked = ana.write("helo", account)
    await telegram.until_said(account, asked.chat, "re: helo")
    ana.edit(asked, "hello")
    ana.send_voice(account)
    await telegram.until(lambda: len(telegram.said_by(account, asked.chat)) == 2, "a line about the voice")

    assert "can't listen" in telegram.said_by(account, asked.chat)[1].text
    assert bot.rows("select text, edited_at is not null from message where identity_id is not null") == [
        ("hello", 1),
        ("[voice message]", 0),
    ]


async def test_a_file_is_put_into_the_question(
    telegram: Telegram, account: BotAccount, ana: Person, bot: TelegramProcess
) -> None:
    sent = ana.send_document(account, "a.py", b"x = 1", caption="explain")
    await telegram.until(lambda: bool(telegram.said_by(account, sent.chat)), "an answer")

    assert bot.rows("select text from message where identity_id is not null") == [
        ("explain\n\na.py:\n```py\nx = 1\n```",)
    ]
