"""kill -9 in the middle of a streamed reply."""

from __future__ import annotations

import pytest

from tests.fakes.script import question, whole_answer
from tests.fakes.telegram import BotAccount, Chat, Fault, Message, Person, Telegram
from tests.fakes.telegram_process import TelegramProcess

ASKED = question("long", words=60, pace=0.1)


async def test_the_same_message_is_finished_when_its_receipt_was_stored(
    telegram: Telegram, account: BotAccount, ana: Person, bot: TelegramProcess
) -> None:
    await bot.start()
    chat = ana.write(ASKED, account).chat
    await telegram.until(lambda: _versions(telegram, account, chat) > 2, "edits, so the receipt is stored")

    await bot.kill()
    await bot.start()

    await telegram.until_said(account, chat, whole_answer(ASKED))
    assert len(telegram.said_by(account, chat)) == 1


@pytest.mark.slow
async def test_the_same_messages_are_finished_when_the_answer_takes_several(
    telegram: Telegram, account: BotAccount, ana: Person, bot: TelegramProcess
) -> None:
    await bot.start()
    asked = question("longer", words=1000, pace=0.01)
    chat = ana.write(asked, account).chat

    def said() -> list[Message]:
        return telegram.said_by(account, chat)

    await telegram.until(lambda: len(said()) > 1 and len(said()[1].versions) > 1, "a second message, edited")
    begun = said()

    await bot.kill()
    await bot.start()

    await telegram.until(lambda: " ".join(m.text for m in said()) == whole_answer(asked), "the whole answer")
    assert said()[:2] == begun
    assert len(said()) == 3


@pytest.mark.slow
async def test_otherwise_there_is_one_new_message(
    telegram: Telegram, account: BotAccount, ana: Person, bot: TelegramProcess
) -> None:
    await bot.start()
    telegram.faults.add(Fault(seconds_after=600), "sendMessage")
    chat = ana.write(ASKED, account).chat
    await telegram.until(lambda: _versions(telegram, account, chat) == 1, "a preview without a receipt")

    await bot.kill()
    await bot.start()

    await telegram.until_said(account, chat, whole_answer(ASKED))
    fragment, answer = telegram.said_by(account, chat)
    assert len(fragment.versions) == 1
    assert answer.text == whole_answer(ASKED)


@pytest.mark.slow
async def test_a_draft_leaves_nothing_behind(
    telegram: Telegram, account: BotAccount, ana: Person, bot: TelegramProcess
) -> None:
    bot.settings["adapters.telegram"] = {"stream": "draft"}
    await bot.start()
    chat = ana.write(ASKED, account).chat
    await telegram.until(lambda: bool(telegram.drafts(chat)), "a draft")

    await bot.kill()
    await bot.start()

    await telegram.until_said(account, chat, whole_answer(ASKED))
    assert len(telegram.said_by(account, chat)) == 1
    assert telegram.drafts(chat) == []


def _versions(telegram: Telegram, account: BotAccount, chat: Chat) -> int:
    return sum(len(message.versions) for message in telegram.said_by(account, chat))
