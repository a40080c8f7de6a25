"""What the loopback Telegram makes of messages, judged by python-telegram-bot."""

from __future__ import annotations

import pytest
from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    MessageEntity,
    ReplyParameters,
)
from telegram.error import (
    BadRequest,
)

from tests.fakes.clock import Clock
from tests.fakes.telegram import BotAccount, Person, Telegram


class TestMessages:
    async def test_a_reader_sees_every_look_of_a_message(
        self, telegram: Telegram, account: BotAccount, bot: Bot, ana: Person
    ) -> None:
        asked = ana.write("hello", account)
        sent = await bot.send_message(ana.id, "good", reply_parameters=ReplyParameters(asked.id))
        await bot.edit_message_text("good day", ana.id, sent.message_id)

        [shown] = telegram.answers_to(asked)
        assert shown.text == "good day"
        assert [version.text for version in shown.versions] == ["good", "good day"]
        assert sent.reply_to_message and sent.reply_to_message.message_id == asked.id

        await bot.delete_message(ana.id, sent.message_id)
        assert telegram.answers_to(asked) == []

    @pytest.mark.parametrize(
        ("text", "problem"),
        [
            ("", "Message text is empty"),
            (" \n ", "Text must be non-empty"),
            ("x" * 4097, "Message is too long"),
            ("😀" * 2049, "Message is too long"),
        ],
    )
    async def test_a_text_that_is_none_or_too_long_is_refused(
        self, account: BotAccount, bot: Bot, ana: Person, text: str, problem: str
    ) -> None:
        ana.start(account)
        with pytest.raises(BadRequest, match=problem):
            await bot.send_message(ana.id, text)

    async def test_what_fits_is_taken_and_trimmed(self, account: BotAccount, bot: Bot, ana: Person) -> None:
        ana.start(account)
        sent = await bot.send_message(ana.id, f"\n{'😀' * 2048}\r \n")

        assert sent.text == "😀" * 2048

    async def test_entities_are_counted_in_utf_16(self, account: BotAccount, bot: Bot, ana: Person) -> None:
        ana.start(account)
        bold = MessageEntity("bold", offset=3, length=4)
        sent = await bot.send_message(ana.id, "👍 bold", entities=[bold])

        assert sent.parse_entities() == {bold: "bold"}

    @pytest.mark.parametrize(
        ("offset", "length", "problem"),
        [
            (9, 1, "Entity begins after the end of the text at utf-16 offset 9"),
            (3, 40, "Entity beginning at utf-16 offset 3 ends after the end of the text at utf-16 offset 43"),
            (1, 3, "Entity begins in a middle of a utf-16 symbol"),
        ],
    )
    async def test_entities_outside_the_text_are_refused(
        self, account: BotAccount, bot: Bot, ana: Person, offset: int, length: int, problem: str
    ) -> None:
        ana.start(account)
        with pytest.raises(BadRequest) as error:
            await bot.send_message(ana.id, "👍 bold", entities=[MessageEntity("bold", offset, length)])
        assert problem.lower() in str(error.value).lower()

    async def test_names_are_linked_but_not_in_code(self, account: BotAccount, bot: Bot, ana: Person) -> None:
        ana.start(account)
        sent = await bot.send_message(
            ana.id, "@someone and @nobody", entities=[MessageEntity("code", offset=13, length=7)]
        )

        assert [entity.type for entity in sent.entities] == ["mention", "code"]

    async def test_an_edit_that_changes_nothing_is_refused(
        self, account: BotAccount, bot: Bot, ana: Person
    ) -> None:
        ana.start(account)
        sent = await bot.send_message(ana.id, "same")
        with pytest.raises(BadRequest, match="Message is not modified"):
            await bot.edit_message_text("same", ana.id, sent.message_id)

    async def test_only_own_messages_that_are_there_can_be_edited(
        self, account: BotAccount, bot: Bot, ana: Person
    ) -> None:
        asked = ana.start(account)
        with pytest.raises(BadRequest, match="Message can't be edited"):
            await bot.edit_message_text("mine", ana.id, asked.id)
        with pytest.raises(BadRequest, match="Message to edit not found"):
            await bot.edit_message_text("mine", ana.id, 4711)
        with pytest.raises(BadRequest, match="Message to delete not found"):
            await bot.delete_message(ana.id, 4711)
        with pytest.raises(BadRequest, match="Message to be replied not found"):
            await bot.send_message(ana.id, "hm", reply_parameters=ReplyParameters(4711))

    async def test_a_draft_is_shown_for_half_a_minute_and_never_in_groups(
        self, telegram: Telegram, account: BotAccount, bot: Bot, ana: Person, clock: Clock
    ) -> None:
        chat = ana.start(account).chat
        await bot.send_message_draft(ana.id, 7, "writing")
        assert [draft.content.text for draft in telegram.drafts(chat)] == ["writing"]
        clock.now += 31
        assert telegram.drafts(chat) == []

        room = telegram.group("Room", ana.user, account)
        with pytest.raises(BadRequest, match=r"(?i)textdraft_peer_invalid"):
            await bot.send_message_draft(room.id, 7, "writing")

    async def test_files_go_both_ways(
        self, telegram: Telegram, account: BotAccount, bot: Bot, ana: Person
    ) -> None:
        ana.send_document(account, "notes.txt", b"some notes", caption="read this")
        [update] = await bot.get_updates(timeout=0)
        assert update.message and update.message.document
        assert update.message.caption == "read this"
        got = await (await bot.get_file(update.message.document.file_id)).download_as_bytearray()
        assert bytes(got) == b"some notes"

        await bot.send_document(ana.id, b"print()", filename="long.py", caption="the code")
        [shown] = telegram.said_by(account, ana.chat(account))
        assert shown.file and (shown.file.name, shown.file.content) == ("long.py", b"print()")


class TestButtons:
    async def test_a_press_is_answered_once_and_in_time(
        self, account: BotAccount, bot: Bot, ana: Person, clock: Clock
    ) -> None:
        chat = ana.start(account).chat
        keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("Yes", callback_data="y1")]])
        sent = await bot.send_message(ana.id, "Shall I?", reply_markup=keyboard)
        query = ana.press(chat.messages[sent.message_id], "Yes")
        *_, update = await bot.get_updates(timeout=0)
        assert update.callback_query and update.callback_query.data == "y1"

        await bot.answer_callback_query(update.callback_query.id, text="Done")
        assert query.answer == {"text": "Done"}
        with pytest.raises(BadRequest, match="Query is too old"):
            await bot.answer_callback_query(query.id)
        late = ana.press(chat.messages[sent.message_id], "Yes")
        clock.now += 60
        with pytest.raises(BadRequest, match="Query is too old"):
            await bot.answer_callback_query(late.id)

        await bot.edit_message_reply_markup(ana.id, sent.message_id)
        assert chat.messages[sent.message_id].keyboard == []

    async def test_data_has_64_bytes(self, account: BotAccount, bot: Bot, ana: Person) -> None:
        ana.start(account)
        keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("Yes", callback_data="ü" * 33)]])
        with pytest.raises(BadRequest, match=r"(?i)button_data_invalid"):
            await bot.send_message(ana.id, "Shall I?", reply_markup=keyboard)
