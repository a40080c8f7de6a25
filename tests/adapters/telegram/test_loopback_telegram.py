"""The loopback Telegram, judged by python-telegram-bot."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from telegram import (
    Bot,
    BotCommand,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    MessageEntity,
    ReplyParameters,
)
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from tests.fakes.telegram import BotAccount, Fault, Person, Telegram

# Of `RetryAfter.retry_after`, whose type will change.
pytestmark = pytest.mark.filterwarnings("ignore:Deprecated since version v22.2")


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def telegram(clock: Clock) -> AsyncIterator[Telegram]:
    async with Telegram(clock=clock) as telegram:
        yield telegram


@pytest.fixture
def account(telegram: Telegram) -> BotAccount:
    return telegram.bot()


@pytest.fixture
def ana(telegram: Telegram) -> Person:
    return telegram.person("Ana", "ana")


@pytest.fixture
async def bot(telegram: Telegram, account: BotAccount) -> AsyncIterator[Bot]:
    async with Bot(account.token, base_url=telegram.base_url, base_file_url=telegram.base_file_url) as bot:
        yield bot


async def test_a_bot_knows_itself(telegram: Telegram, account: BotAccount, bot: Bot) -> None:
    me = await bot.get_me()

    assert (me.id, me.username, me.is_bot) == (account.user.id, "helper_bot", True)
    assert me.can_read_all_group_messages is False


@pytest.mark.parametrize(("token", "code"), [("12345:unknown-but-well-formed", 401), ("nonsense", 404)])
async def test_a_wrong_token_is_refused(telegram: Telegram, token: str, code: int) -> None:
    bot = Bot(token, base_url=telegram.base_url)
    with pytest.raises(InvalidToken):
        await bot.initialize()
    await bot.shutdown()

    assert [call.code for call in telegram.calls] == [code]


class TestUpdates:
    async def test_what_is_not_confirmed_comes_again(
        self, account: BotAccount, bot: Bot, ana: Person
    ) -> None:
        ana.start(account)
        ana.write("hello", account)

        first, second = await bot.get_updates(timeout=1)
        again = await bot.get_updates(offset=second.update_id, timeout=1)
        nothing = await bot.get_updates(offset=second.update_id + 1, timeout=0)

        assert first.message and first.message.text == "/start"
        assert [update.update_id for update in again] == [second.update_id]
        assert nothing == ()
        assert account.updates.deliveries == {first.update_id: 1, second.update_id: 2}

    async def test_a_long_poll_ends_when_something_happens(
        self, account: BotAccount, bot: Bot, ana: Person
    ) -> None:
        polling = asyncio.create_task(bot.get_updates(timeout=30))
        await asyncio.sleep(0.05)
        ana.write("hello", account)

        [update] = await polling

        assert update.effective_user and update.effective_user.first_name == "Ana"
        assert update.effective_chat and update.effective_chat.id == ana.id

    async def test_updates_are_kept_for_a_day(
        self, account: BotAccount, bot: Bot, ana: Person, clock: Clock
    ) -> None:
        ana.write("old", account)
        clock.now += 24 * 3600 + 1
        ana.write("new", account)

        [update] = await bot.get_updates(timeout=0)

        assert update.message and update.message.text == "new"

    async def test_only_what_is_asked_for_is_told(self, account: BotAccount, bot: Bot, ana: Person) -> None:
        await bot.get_updates(allowed_updates=["edited_message"], timeout=0)
        message = ana.write("hello", account)
        ana.edit(message, "hello!")

        [update] = await bot.get_updates(timeout=0)

        assert update.edited_message and update.edited_message.text == "hello!"

    async def test_a_second_poller_ends_the_first(
        self, telegram: Telegram, account: BotAccount, bot: Bot
    ) -> None:
        first = asyncio.create_task(bot.get_updates(timeout=30))
        await telegram.until(lambda: account.updates.polls == 1, "a poll")
        async with Bot(account.token, base_url=telegram.base_url) as second:
            await second.get_updates(timeout=0)

        with pytest.raises(Conflict, match="terminated by other getUpdates request"):
            await first

    async def test_there_is_no_polling_beside_a_webhook(self, bot: Bot) -> None:
        await bot.set_webhook("https://example.org/hook")

        with pytest.raises(Conflict, match="can't use getUpdates method while webhook is active"):
            await bot.get_updates(timeout=0)

        await bot.delete_webhook()
        assert await bot.get_updates(timeout=0) == ()
        assert (await bot.get_webhook_info()).url == ""

    async def test_an_update_may_come_again_although_it_was_confirmed(
        self, account: BotAccount, bot: Bot, ana: Person
    ) -> None:
        ana.write("hello", account)
        [update] = await bot.get_updates(timeout=0)
        assert await bot.get_updates(offset=update.update_id + 1, timeout=0) == ()
        account.updates.again(update.update_id)

        [again] = await bot.get_updates(offset=update.update_id + 1, timeout=0)

        assert again.update_id == update.update_id


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


class TestTrouble:
    async def test_who_writes_too_fast_is_told_how_long_to_wait(
        self, telegram: Telegram, account: BotAccount, bot: Bot, ana: Person, clock: Clock
    ) -> None:
        telegram.pace.interval = 3.0
        ana.start(account)
        await bot.send_message(ana.id, "one")
        with pytest.raises(RetryAfter) as error:
            await bot.send_message(ana.id, "two")
        assert error.value._retry_after == timedelta(seconds=3)
        clock.now += 3
        await bot.send_message(ana.id, "three")

        assert [call.code for call in telegram.calls_of("sendMessage")] == [200, 429, 200]

    @pytest.mark.parametrize(
        ("fault", "error", "messages"),
        [
            (Fault(code=502), NetworkError, 0),
            (Fault(cut_before=True), NetworkError, 0),
            (Fault(cut_after=True), NetworkError, 1),
            (Fault(half_open=True), TimedOut, 1),
            (Fault(seconds_after=9), TimedOut, 1),
            (Fault(code=429, retry_after=9), RetryAfter, 0),
        ],
    )
    async def test_a_fault_meets_one_call(
        self,
        telegram: Telegram,
        account: BotAccount,
        bot: Bot,
        ana: Person,
        fault: Fault,
        error: type[TelegramError],
        messages: int,
    ) -> None:
        chat = ana.start(account).chat
        telegram.faults.add(fault, "sendMessage")

        with pytest.raises(error):
            await bot.send_message(ana.id, "hello", read_timeout=0.5)
        assert len(telegram.said_by(account, chat)) == messages
        await bot.send_message(ana.id, "hello")
        assert len(telegram.said_by(account, chat)) == messages + 1
