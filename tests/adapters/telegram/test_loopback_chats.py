"""Who may do what where on the loopback Telegram, judged by python-telegram-bot."""

from __future__ import annotations

import pytest
from telegram import (
    Bot,
    BotCommand,
)
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
)

from tests.fakes.telegram import BotAccount, Person, Telegram


class TestChats:
    async def test_who_never_wrote_can_not_be_written_to(
        self, telegram: Telegram, account: BotAccount, bot: Bot, ana: Person
    ) -> None:
        with pytest.raises(BadRequest, match="Chat not found"):
            await bot.send_message(ana.id, "hello")
        telegram.group("Room", ana.user, account)
        with pytest.raises(Forbidden, match="bot can't initiate conversation with a user"):
            await bot.send_message(ana.id, "hello")

    async def test_who_blocked_the_bot_can_not_be_written_to(
        self, account: BotAccount, bot: Bot, ana: Person
    ) -> None:
        ana.start(account)
        ana.block(account)

        with pytest.raises(Forbidden, match="bot was blocked by the user"):
            await bot.send_message(ana.id, "hello")

        *_, update = await bot.get_updates(timeout=0)
        assert update.my_chat_member and update.my_chat_member.new_chat_member.status == "kicked"

    @pytest.mark.parametrize("status", ["creator", "administrator", "member", "restricted", "left", "kicked"])
    async def test_the_library_understands_whatever_the_bot_becomes(
        self, telegram: Telegram, account: BotAccount, bot: Bot, ana: Person, status: str
    ) -> None:
        room = telegram.group("Room", ana.user)
        ana.add(account, room, status)

        *_, told = [update for update in await bot.get_updates(timeout=0) if update.my_chat_member]
        assert told.my_chat_member and told.my_chat_member.new_chat_member.status == status

    async def test_privacy_mode_hides_what_is_not_meant_for_the_bot(
        self, telegram: Telegram, account: BotAccount, bot: Bot, ana: Person
    ) -> None:
        room = telegram.group("Room", ana.user, account)
        for text in ("hidden", "/help", "hey @helper_bot", "/help@helper_bot", "/help@other_bot"):
            ana.write(text, room)
        sent = await bot.send_message(room.id, "hello all")
        ana.write("to you", room, reply_to=room.messages[sent.message_id])
        ana.write("/again", room)

        updates = await bot.get_updates(timeout=0)

        texts = [update.message.text for update in updates if update.message]
        assert texts == ["hey @helper_bot", "/help@helper_bot", "to you", "/again"]

    async def test_a_bot_that_reads_all_hears_everything_but_bots(
        self, telegram: Telegram, ana: Person
    ) -> None:
        reader, other = telegram.bot("reader_bot", reads_all=True), telegram.bot("other_bot")
        room = telegram.group("Room", ana.user, reader, other)
        ana.write("hello", room)
        async with (
            Bot(other.token, base_url=telegram.base_url) as second,
            Bot(reader.token, base_url=telegram.base_url) as first,
        ):
            await second.send_message(room.id, "I am a bot")
            [update] = await first.get_updates(timeout=0)

        assert update.message and update.message.text == "hello"

    async def test_topics(self, telegram: Telegram, account: BotAccount, bot: Bot, ana: Person) -> None:
        room = telegram.group("Forum", ana.user, account, is_forum=True)
        topic = ana.open_topic(room, "Plans")
        ana.write("@helper_bot what now?", room, topic=topic)
        *_, update = await bot.get_updates(timeout=0)
        assert update.message and update.message.is_topic_message
        assert update.message.message_thread_id == topic.id

        sent = await bot.send_message(room.id, "this", message_thread_id=topic.id)
        assert sent.message_thread_id == topic.id
        with pytest.raises(BadRequest, match="Message thread not found"):
            await bot.send_message(room.id, "this", message_thread_id=4711)
        ana.close_topic(room, topic)
        with pytest.raises(BadRequest, match=r"(?i)topic_closed"):
            await bot.send_message(room.id, "that", message_thread_id=topic.id)

    async def test_a_group_gets_another_id_when_it_grows(
        self, telegram: Telegram, account: BotAccount, bot: Bot, ana: Person
    ) -> None:
        room = telegram.group("Room", ana.user, account, kind="group")
        ana.write("@helper_bot hello", room)
        new = telegram.move(room)

        with pytest.raises(ChatMigrated) as error:
            await bot.send_message(room.id, "hello")
        assert error.value.new_chat_id == new.id
        _, left, came = await bot.get_updates(timeout=0)
        assert left.message and left.message.migrate_to_chat_id == new.id
        assert came.message and came.message.migrate_from_chat_id == room.id
        await bot.send_message(new.id, "hello")

    async def test_members(self, telegram: Telegram, account: BotAccount, bot: Bot, ana: Person) -> None:
        room, ben = telegram.group("Room", ana.user, account), telegram.person("Ben")
        assert (await bot.get_chat_member(room.id, ana.id)).status == "creator"
        assert (await bot.get_chat_member(room.id, ben.id)).status == "left"
        ben.join(room)
        assert (await bot.get_chat_member(room.id, ben.id)).status == "member"
        assert [one.user.id for one in await bot.get_chat_administrators(room.id)] == [ana.id]
        assert (await bot.get_chat(room.id)).title == "Room"
        await bot.leave_chat(room.id)
        with pytest.raises(Forbidden, match="bot is not a member of the supergroup chat"):
            await bot.get_chat(room.id)

    async def test_commands(self, bot: Bot) -> None:
        await bot.set_my_commands([BotCommand("help", "What I can do")])
        assert [one.command for one in await bot.get_my_commands()] == ["help"]
        with pytest.raises(BadRequest, match=r"(?i)bot_command_invalid"):
            await bot.set_my_commands([("Not-Valid", "A command")])
