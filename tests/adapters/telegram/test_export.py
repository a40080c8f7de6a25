"""`/privacy export` on Telegram: what is too long for a message comes as a file."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from botcore import AdapterSetup
from botcore.bot import Bot
from botcore.config import BotSection
from botcore.store import Database, Store
from botcore.store.migrate import upgrade
from botcore.testing import FakeEngine
from botcore_telegram import TelegramAdapter
from tests.botcore.running_bot import talking_plugin
from tests.fakes.telegram import Telegram


async def test_a_long_export_is_a_file(tmp_path: Path) -> None:
    async with Telegram() as telegram:
        account, ana = telegram.bot(), telegram.person("Ana")
        upgrade(tmp_path / "botcore.db")
        store = Store(Database(tmp_path / "botcore.db"))
        bot = Bot(
            store=store,
            epoch=await store.take_over(),
            engine=FakeEngine("old pond"),
            plugins=[talking_plugin()],
            adapters=[
                TelegramAdapter(
                    AdapterSetup({"base_url": telegram.base_url, "token": account.token}, tmp_path)
                )
            ],
            settings_of=lambda plugin: None,
            rules=BotSection(answerer="talk", grace_seconds=0.0),
        )
        await bot.access.desk.set_tenant("telegram", str(account.user.id), allowed=True)
        running = asyncio.create_task(bot.run())
        try:
            chat = ana.chat(account)
            for number in range(3):
                ana.write(f"{number} " + "a long story " * 200, account)
            await telegram.until(lambda: len(telegram.said_by(account, chat)) == 3, "three answers")
            ana.write("/privacy export", account)
            await telegram.until(
                lambda: any(message.file for message in telegram.said_by(account, chat)), "a file"
            )
            [file] = [message.file for message in telegram.said_by(account, chat) if message.file]
            export = json.loads(file.content)
            assert file.name == "privacy.json"
            assert len([one for one in export["messages"] if "a long story" in one["text"]]) == 3
            await telegram.until(
                lambda: len(telegram.said_by(account, chat)) == 4, "an end of what was shown meanwhile"
            )
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            await store.close()
