"""Who may come in, and what is kept of them, on Telegram."""

from __future__ import annotations

import json
from pathlib import Path

from tests.adapters.telegram.whole_bot import whole_bot
from tests.fakes.telegram import BotAccount, Telegram
from tests.fakes.telegram.model import Chat


def said(telegram: Telegram, account: BotAccount, chat: Chat) -> list[str]:
    return [message.text for message in telegram.said_by(account, chat)]


async def heard(telegram: Telegram, account: BotAccount, chat: Chat, words: str) -> None:
    """Wait until the bot has said something with these words."""
    await telegram.until(
        lambda: any(words in text for text in said(telegram, account, chat)),
        f"“{words}”; said is {said(telegram, account, chat)}",
    )


async def test_an_owner_lets_a_group_in_whose_members_are_answered_there_only(tmp_path: Path) -> None:
    async with Telegram() as telegram:
        account, olga, ana = telegram.bot(), telegram.person("Olga"), telegram.person("Ana")
        room = telegram.group("Room", olga.user, ana.user, account)
        async with whole_bot(telegram, account, tmp_path) as bot:
            olga.start(account, await bot.access.desk.new_owner_code())
            await heard(telegram, account, olga.chat(account), "You are my owner now")
            ana.write("@helper_bot may I?", room)
            olga.write("/access@helper_bot allow", room)
            await heard(telegram, account, room, "Every member of this chat may talk to me here now.")
            await heard(telegram, account, room, "Make me an administrator of this group")
            await heard(telegram, account, room, "I remember what is written here, for 90 days")
            ana.write("@helper_bot hello", room)
            await heard(telegram, account, room, "old pond")
            ana.write("hello", account)
            await heard(telegram, account, ana.chat(account), "give this code")
            ana.write("/privacy export", account)
            await heard(telegram, account, ana.chat(account), "hello")

        assert sum("old pond" in text for text in said(telegram, account, room)) == 1
        assert not any("may I?" in text for text in said(telegram, account, ana.chat(account))), (
            "nothing was kept before the group was let in"
        )


async def test_a_strangers_file_is_not_even_fetched(tmp_path: Path) -> None:
    async with Telegram() as telegram:
        account, ana = telegram.bot(), telegram.person("Ana")
        async with whole_bot(telegram, account, tmp_path) as bot:
            ana.send_document(account, "a.py", b"x = 1")
            await heard(telegram, account, ana.chat(account), "give this code")
            assert not [call for call in telegram.calls if call.method == "getfile"]

            await bot.access.desk.set_tenant("telegram", str(account.user.id), allowed=True)
            ana.send_document(account, "a.py", b"x = 1")
            await heard(telegram, account, ana.chat(account), "old pond")
            assert [call for call in telegram.calls if call.method == "getfile"]


async def test_a_long_export_is_a_file(tmp_path: Path) -> None:
    async with Telegram() as telegram:
        account, ana = telegram.bot(), telegram.person("Ana")
        chat = ana.chat(account)
        async with whole_bot(telegram, account, tmp_path) as bot:
            await bot.access.desk.set_tenant("telegram", str(account.user.id), allowed=True)
            for number in range(3):
                ana.write(f"{number} " + "a long story " * 200, account)
            await telegram.until(lambda: len(said(telegram, account, chat)) == 3, "three answers")

            ana.write("/privacy export", account)
            await telegram.until(
                lambda: any(message.file for message in telegram.said_by(account, chat)), "a file"
            )
            await telegram.until(lambda: len(said(telegram, account, chat)) == 4, "nothing beside it")

        [file] = [message.file for message in telegram.said_by(account, chat) if message.file]
        assert file.name == "privacy.json"
        texts = [one["text"] for one in json.loads(file.content)["messages"]]
        assert sum("a long story" in text for text in texts) == 3
