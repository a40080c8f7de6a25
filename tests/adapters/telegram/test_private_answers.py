"""A whole bot on the loopback Telegram: buttons, and answers for one member of a group."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from botcore import AdapterSetup, Button, ConversationKey, Part, Plugin, User
from botcore.access.desk import AccessDesk
from botcore.bot import Bot
from botcore.builtin import NOT_THERE
from botcore.config import BotSection
from botcore.endings import READY
from botcore.forms.dialogue import NOT_YOURS
from botcore.store import Database, Store
from botcore.store.access_store import AccessStore
from botcore.testing import FakeEngine
from botcore.testing.databases import make_database
from botcore_telegram import TelegramAdapter
from tests.botcore.running_bot import talking_plugin
from tests.fakes.telegram import BotAccount, Message, Person, Telegram
from tests.fakes.telegram.model import Chat


def weighing_plugin() -> Plugin:
    plugin = Plugin("scales")

    @plugin.command("weigh", private=True)
    async def weigh() -> Part:
        return Part("You weigh sixty kilograms.", (Button("In pounds", "pounds", "132"),))

    @plugin.action("pounds")
    async def pounds(user: User, *, number: int) -> str:
        return f"{user.name} weighs {number} pounds."

    return plugin


@asynccontextmanager
async def bot_in(telegram: Telegram, account: BotAccount, room: Chat, folder: Path) -> AsyncIterator[None]:
    """Run a bot whom the members of one group may ask, and nobody else."""
    make_database(folder / "botcore.db")
    store = Store(Database(folder / "botcore.db"))
    desk = AccessDesk(AccessStore(store.database), retention_days=0)
    await desk.set_chat(ConversationKey("telegram", str(account.user.id), str(room.id)), allowed=True)
    table = {"base_url": telegram.base_url, "token": account.token}
    bot = Bot(
        store=store,
        epoch=await store.take_over(),
        engine=FakeEngine(),
        plugins=[talking_plugin(), weighing_plugin()],
        adapters=[TelegramAdapter(AdapterSetup(table, folder))],
        settings_of=lambda plugin: None,
        rules=BotSection(answerer="talk", grace_seconds=0.0),
    )
    task = asyncio.create_task(bot.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await store.close()


async def said(telegram: Telegram, account: BotAccount, asked: Message, words: str) -> Message:
    """Wait until the bot says something with these words, later than a message and in its chat."""

    def found() -> list[Message]:
        later = [m for m in telegram.said_by(account, asked.chat) if m.id > asked.id]
        return [message for message in later if words in message.text]

    await telegram.until(lambda: bool(found()), f"“{words}”", 30)
    return found()[0]


async def test_a_private_answer_goes_through_the_start_button(
    telegram: Telegram, account: BotAccount, ana: Person, tmp_path: Path
) -> None:
    ben = telegram.person("Ben", "ben")
    room = telegram.group("Room", ana.user, ben.user, account, kind="supergroup")
    async with bot_in(telegram, account, room, tmp_path):
        line = await said(telegram, account, ana.write("/weigh@helper_bot", room), READY)
        await said(telegram, account, ben.write("/queue@helper_bot", room), "Nothing of yours waits")
        token = ana.follow(line, "Read it").rpartition("=")[2]

        await said(telegram, account, ben.write(f"/start {token}", account), NOT_THERE)
        private = await said(
            telegram, account, ana.write(f"/start {token}", account), "You weigh sixty kilograms."
        )

        await telegram.until(lambda: bool(private.keyboard), "the buttons of the whole answer", 30)
        ana.press(private, "In pounds")
        await said(telegram, account, private, "Ana weighs 132 pounds.")
        assert not [m for m in telegram.said_by(account, room) if "sixty" in m.text]


@pytest.mark.slow
async def test_who_asked_shows_it_to_all(
    telegram: Telegram, account: BotAccount, ana: Person, tmp_path: Path
) -> None:
    ben = telegram.person("Ben", "ben")
    room = telegram.group("Room", ana.user, ben.user, account, kind="supergroup")
    async with bot_in(telegram, account, room, tmp_path):
        line = await said(telegram, account, ana.write("/weigh@helper_bot", room), READY)

        refused = ben.press(line, "Show it to all here")
        await telegram.until(lambda: refused.answer is not None, "an answer to Ben's press", 30)
        assert refused.answer is not None and refused.answer["text"] == NOT_YOURS

        ana.press(line, "Show it to all here")
        shown = await said(telegram, account, line, "You weigh sixty kilograms.")
        await telegram.until(lambda: bool(shown.keyboard), "the buttons of the whole answer", 30)
        ben.press(shown, "In pounds")
        await said(telegram, account, shown, "Ben weighs 132 pounds.")
