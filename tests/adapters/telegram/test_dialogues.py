"""Forms on Telegram: the bot asks for one field after the other, with buttons for choices."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from botcore import ConversationKey
from botcore.access.desk import AccessDesk
from botcore.forms.dialogue import NOT_YOURS
from botcore.store import Database
from botcore.store.access_store import AccessStore
from botcore.testing.databases import make_database
from tests.adapters.telegram.whole_bot import whole_bot
from tests.botcore.forms.ordering import ordering_plugin
from tests.fakes.telegram import BotAccount, Message, Person, Telegram
from tests.fakes.telegram.model import Chat


async def allow(folder: Path, account: BotAccount, room: Chat | Person) -> None:
    """Let a chat in before the bot begins."""
    make_database(folder / "botcore.db")
    database = Database(folder / "botcore.db")
    desk = AccessDesk(AccessStore(database), retention_days=0)
    chat = str(room.user.id if isinstance(room, Person) else room.id)
    await desk.set_chat(ConversationKey("telegram", str(account.user.id), chat), allowed=True)
    await database.close()


async def said(telegram: Telegram, account: BotAccount, asked: Message, words: str) -> Message:
    """Wait until the bot says something with these words, later than a message and in its chat."""

    def found() -> list[Message]:
        later = [m for m in telegram.said_by(account, asked.chat) if m.id > asked.id]
        return [message for message in later if words in message.text]

    await telegram.until(lambda: bool(found()), f"“{words}”", 30)
    return found()[0]


def labels(message: Message) -> list[str]:
    return [button["text"] for row in message.keyboard for button in row]


def reads(message: Message, text: str) -> Callable[[], bool]:
    return lambda: message.text == text and not message.keyboard


async def test_buttons_choose_and_texts_answer(
    telegram: Telegram, account: BotAccount, ana: Person, tmp_path: Path
) -> None:
    await allow(tmp_path, account, ana)
    async with whole_bot(telegram, account, tmp_path, [ordering_plugin()]):
        asked = ana.write("/menu", account)
        menu = await said(telegram, account, asked, "Soup today.")
        await telegram.until(lambda: labels(menu) == ["I want soup"], "the button", 30)
        ana.press(menu, "I want soup")
        question = await said(telegram, account, menu, "How many?")
        ana.write("2", account)
        await said(telegram, account, question, "2 hot for Ana.")


@pytest.mark.slow
async def test_in_a_group_only_who_is_asked_answers_and_a_restart_loses_nothing(
    telegram: Telegram, account: BotAccount, ana: Person, tmp_path: Path
) -> None:
    ben = telegram.person("Ben", "ben")
    room = telegram.group("Room", ana.user, ben.user, account, kind="supergroup")
    await allow(tmp_path, account, room)
    async with whole_bot(telegram, account, tmp_path, [ordering_plugin()]):
        first = await said(telegram, account, ana.write("/order@helper_bot", room), "What would you like?")
        await telegram.until(lambda: labels(first) == ["soup", "salad", "Cancel"], "the buttons", 30)
        refused = ben.press(first, "soup")
        await telegram.until(lambda: refused.answer is not None, "an answer to Ben's press", 30)
        assert refused.answer is not None and refused.answer["text"] == NOT_YOURS
        ana.press(first, "salad")
        second = await said(telegram, account, first, "Portions")
        await telegram.until(reads(first, "What would you like?: salad"), "the answer in its place", 30)
        ben.write("5", room, reply_to=second)
    async with whole_bot(telegram, account, tmp_path, [ordering_plugin()]):
        ana.write("3", room, reply_to=second)
        third = await said(telegram, account, second, "Extras")
        await telegram.until(lambda: "Done" in labels(third), "the buttons", 30)
        ana.press(third, "cake")
        await telegram.until(lambda: "✓ cake" in labels(third), "the choice", 30)
        ana.press(third, "Done")
        fourth = await said(telegram, account, third, "Day")
        await telegram.until(lambda: "Skip" in labels(fourth), "the buttons", 30)
        ana.press(fourth, "Skip")
        await said(telegram, account, fourth, "Ana: 3 salad with cake, today.")
