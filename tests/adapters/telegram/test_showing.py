"""How answers appear on Telegram, whatever it says to them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from telegram import MessageEntity

from botcore import ChatMoved, OutcomeUnknown, Pressed, Receipt, Refused, RetryLater, StreamMode
from botcore.adapter import Key
from botcore_telegram import typing_signs
from botcore_telegram.rendering import Rendered
from tests.adapters.telegram.meeting import answer, meeting
from tests.fakes.clock import Clock
from tests.fakes.telegram import BotAccount, Fault, Person, Telegram


@pytest.fixture
def account(telegram: Telegram) -> BotAccount:
    return telegram.bot("helper_bot", reads_all=True)


async def test_an_answer_in_a_group_is_a_reply_and_in_a_direct_chat_none(
    telegram: Telegram, account: BotAccount, ana: Person
) -> None:
    room = telegram.group("Room", ana.user, account)
    async with meeting(telegram, account) as here:
        asked = ana.write("@helper_bot hello", room)
        direct = ana.write("hello", account)
        for event in await here.heard(2):
            await here.adapter.create(answer(event, "hi"))  # type: ignore[arg-type]

    assert [m.text for m in telegram.answers_to(asked)] == ["hi"]
    assert telegram.answers_to(direct) == []
    assert [m.text for m in telegram.said_by(account, direct.chat)] == ["hi"]


async def test_an_answer_whose_question_is_gone_is_sent_all_the_same(
    telegram: Telegram, account: BotAccount, ana: Person
) -> None:
    room = telegram.group("Room", ana.user, account)
    async with meeting(telegram, account) as here:
        asked = ana.write("@helper_bot hello", room)
        event = await here.message()
        ana.delete(asked)
        await here.adapter.create(answer(event, "hi"))

    assert [m.text for m in telegram.said_by(account, room)] == ["hi"]


async def test_nothing_that_the_model_wrote_calls_anybody(
    telegram: Telegram, account: BotAccount, ana: Person
) -> None:
    room = telegram.group("Room", ana.user, account)
    text = "hi @ana, @channel and @**ana**: run /ban or write to ana@example.org <b>now</b>"
    async with meeting(telegram, account) as here:
        ana.write("@helper_bot hello", room)
        await here.adapter.create(answer(await here.message(), text))

    [message] = telegram.said_by(account, room)
    assert message.text == text.replace("**", "")
    assert {entity.type for entity in message.entities} <= {"code", "bold"}


async def test_buttons_are_drawn_and_their_presses_answered(
    telegram: Telegram, account: BotAccount, ana: Person
) -> None:
    keys = (Key("Shorter", "a1"), Key("Warmer", "a2"), Key("Docs", url="https://example.org/"))
    async with meeting(telegram, account) as here:
        ana.write("hello", account)
        receipt = await here.adapter.create(answer(await here.message(), "a draft", buttons=keys))
        message = ana.chat(account).messages[int(receipt.message_id)]
        query = ana.press(message, "Warmer")
        pressed = (await here.heard(2))[1]
        await here.adapter.answer_press(pressed, "Just a moment")  # type: ignore[arg-type]

    assert (pressed.button_id, pressed.message_id) == ("a2", receipt.message_id)  # type: ignore[union-attr]
    assert query.answer is not None and query.answer["text"] == "Just a moment"
    assert ana.follow(message, "Docs") == "https://example.org/"


async def test_a_button_below_a_message_that_telegram_shows_no_more_can_be_pressed(
    telegram: Telegram, account: BotAccount, ana: Person
) -> None:
    chat = ana.chat(account)
    gone = {"chat": {"id": chat.id, "type": "private"}, "message_id": 7, "date": 0}
    query = {"id": "1", "from": ana.user.json(), "chat_instance": "1", "message": gone, "data": "a1"}
    async with meeting(telegram, account) as here:
        account.updates.add("callback_query", query, chat.id)
        [pressed] = await here.heard(1)

    assert isinstance(pressed, Pressed)
    assert (pressed.key.chat, pressed.message_id, pressed.button_id) == (str(chat.id), "7", "a1")
    assert pressed.direct


async def test_a_link_leads_into_the_direct_chat(
    telegram: Telegram, account: BotAccount, ana: Person
) -> None:
    async with meeting(telegram, account) as here:
        ana.write("hello", account)
        event = await here.message()

        assert here.adapter.link_to_start(event.key, "abc") == "https://t.me/helper_bot?start=abc"


async def test_long_code_is_a_file_even_where_a_preview_was_shown(
    telegram: Telegram, account: BotAccount, ana: Person
) -> None:
    code = "```python\n" + "x = 1\n" * 2000 + "```"
    async with meeting(telegram, account) as here:
        ana.write("write code", account)
        event = await here.message()
        receipt = await here.adapter.create(answer(event, code[:500], final=False))
        with pytest.raises(Refused):  # then the core creates it anew
            await here.adapter.edit(receipt, answer(event, code))
        await here.adapter.create(answer(event, code))

    [shown] = telegram.said_by(account, ana.chat(account))
    assert shown.file is not None
    assert (shown.file.name, shown.file.content) == ("code.py", b"x = 1\n" * 2000)


async def test_a_preview_that_is_too_long_shows_its_beginning(
    telegram: Telegram, account: BotAccount, ana: Person
) -> None:
    async with meeting(telegram, account) as here:
        ana.write("hello", account)
        await here.adapter.create(answer(await here.message(), "word " * 2000, final=False))

    [shown] = telegram.said_by(account, ana.chat(account))
    assert shown.text.startswith("word word") and shown.text.endswith("…")


async def test_somebody_who_waits_sees_that_the_bot_is_typing(
    telegram: Telegram, account: BotAccount, ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(typing_signs, "FIRST_SECONDS", 0.01)
    monkeypatch.setattr(typing_signs, "AGAIN_SECONDS", 0.02)
    async with meeting(telegram, account) as here:
        chat = ana.write("hello", account).chat
        event = await here.message()
        await telegram.until(lambda: len(chat.actions) > 2, "signs of typing", 10)
        await here.adapter.create(answer(event, "hi"))
        shown = len(chat.actions)
        await here.adapter.turn_over(event.key, event.message_id)

        assert {action for action, _ in chat.actions} == {"typing"}
        assert len(chat.actions) <= shown + 1


@pytest.mark.parametrize(
    ("stream", "chat", "mode"),
    [
        ("edit", "7", StreamMode.EDIT),
        ("draft", "7", StreamMode.DRAFT),
        ("draft", "-7", StreamMode.EDIT),
        ("final", "-7", StreamMode.FINAL),
    ],
)
async def test_drafts_are_for_direct_chats(
    telegram: Telegram, account: BotAccount, ana: Person, stream: str, chat: str, mode: StreamMode
) -> None:
    async with meeting(telegram, account, stream=stream) as here:
        ana.write("hello", account)
        key = (await here.message()).key
        there = replace(key, chat=chat)

        assert here.adapter.stream_mode(there) is mode
        assert here.adapter.stream_mode(replace(there, tenant="gone")) is StreamMode.FINAL
        assert here.adapter.edit_interval(there) == (3.0 if chat.startswith("-") else 1.0)


async def test_a_draft_is_shown_and_is_no_message(
    telegram: Telegram, account: BotAccount, ana: Person
) -> None:
    async with meeting(telegram, account, stream="draft") as here:
        ana.write("hello", account)
        event = await here.message()
        await here.adapter.draft(answer(event, "**one**", final=False))
        await here.adapter.draft(answer(event, "**one** two", final=False))

        [draft] = telegram.drafts(ana.chat(account))
        assert draft.content.text == "one two"
        assert telegram.said_by(account, ana.chat(account)) == []


async def test_a_group_that_has_moved_is_followed_while_sending(
    telegram: Telegram, account: BotAccount, ana: Person
) -> None:
    room = telegram.group("Room", ana.user, account, kind="group")
    async with meeting(telegram, account) as here:
        ana.write("@helper_bot hello", room)
        event = await here.message()
        shown = await here.adapter.create(answer(event, "he", final=False))
        account.updates.hold()  # the bot learns of the move by nothing but its own call
        new = telegram.move(room)
        await here.adapter.create(answer(event, "hello"))
        with pytest.raises(Refused):
            await here.adapter.edit(shown, answer(event, "hello"))

    assert [m.text for m in telegram.said_by(account, new)] == ["hello"]
    assert here.events[1] == ChatMoved("telegram", event.key.tenant, str(room.id), str(new.id))


async def test_each_refusal_is_told_as_one(telegram: Telegram, account: BotAccount, ana: Person) -> None:
    forum = telegram.group("Forum", ana.user, account, is_forum=True)
    topic = ana.open_topic(forum, "Plans")
    account.updates.clear()
    async with meeting(telegram, account) as here:
        ana.write("@helper_bot hello", forum, topic=topic)
        ana.write("hello", account)
        in_topic, direct = await here.heard(2)
        ana.close_topic(forum, topic)
        ana.block(account)
        with pytest.raises(Refused, match="topic is closed"):
            await here.adapter.create(answer(in_topic, "hi"))  # type: ignore[arg-type]
        with pytest.raises(Refused, match="blocked the bot"):
            await here.adapter.create(answer(direct, "hi"))  # type: ignore[arg-type]
        ana.remove(account, forum)
        with pytest.raises(Refused, match="removed from the chat"):
            await here.adapter.create(answer(in_topic, "hi"))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "wrong",
    [
        MessageEntity("bold", 1, 50),
        MessageEntity("bold", 50, 1),
        MessageEntity("bold", 1, 1),  # half of a character
        MessageEntity("bold", -1, 1),
        MessageEntity("text_link", 0, 1),
        MessageEntity("blinking", 0, 1),
    ],
)
async def test_a_text_whose_styles_telegram_refuses_is_sent_without_them(
    telegram: Telegram,
    account: BotAccount,
    ana: Person,
    monkeypatch: pytest.MonkeyPatch,
    wrong: MessageEntity,
) -> None:
    monkeypatch.setattr("botcore_telegram.sender.render", lambda document: Rendered("😀 hi", (wrong,)))
    async with meeting(telegram, account) as here:
        ana.write("hello", account)
        await here.adapter.create(answer(await here.message(), "**😀** hi"))

    (shown,) = telegram.said_by(account, ana.chat(account))
    assert shown.text == "😀 hi"
    assert [(one.type, one.offset, one.length) for one in shown.entities] == [("code", 0, 5)]  # calls nobody


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault(code=429, retry_after=7), RetryLater),
        (Fault(code=500), RetryLater),
        (Fault(code=502), OutcomeUnknown),
        (Fault(cut_before=True), OutcomeUnknown),
        (Fault(cut_after=True), OutcomeUnknown),
    ],
)
async def test_each_failure_is_told_as_what_it_is(
    telegram: Telegram, account: BotAccount, ana: Person, fault: Fault, error: type[Exception]
) -> None:
    async with meeting(telegram, account) as here:
        ana.write("hello", account)
        event = await here.message()
        telegram.faults.add(fault, "sendMessage")
        with pytest.raises(error) as raised:
            await here.adapter.create(answer(event, "hi"))

    if isinstance(raised.value, RetryLater):
        assert raised.value.after == (7 if fault.retry_after == 7 else None)


async def test_a_server_that_is_not_there_can_be_asked_again(
    telegram: Telegram, account: BotAccount, ana: Person
) -> None:
    async with meeting(telegram, account) as here:
        ana.write("hello", account)
        event = await here.message()
        await here.adapter.close()
        bot = here.adapter._account(event.key).bot
        bot._base_url = "http://127.0.0.1:9/bot"
        await bot.request.initialize()
        with pytest.raises(RetryLater):
            await here.adapter.create(answer(event, "hi"))


async def test_what_is_to_be_sent_before_there_are_connections_is_sent_again(
    telegram: Telegram, account: BotAccount, ana: Person
) -> None:
    async with meeting(telegram, account) as here:
        ana.write("hello", account)
        event = await here.message()
        await here.adapter.close()
        with pytest.raises(RetryLater):
            await here.adapter.create(answer(event, "hi"))


async def test_members_are_known(telegram: Telegram, account: BotAccount, ana: Person) -> None:
    bo = telegram.person("Bo")
    room = telegram.group("Room", ana.user, bo.user, account)
    async with meeting(telegram, account) as here:
        ana.write("@helper_bot hello", room)
        key = (await here.message()).key
        assert await here.adapter.is_member(key, str(bo.id))
        bo.leave(room)
        assert not await here.adapter.is_member(key, str(bo.id))
        assert not await here.adapter.is_member(key, "999")
        telegram.faults.add(Fault(code=502), "getChatMember")
        assert not await here.adapter.is_member(key, str(ana.id))  # refused on doubt


@pytest.mark.parametrize(
    ("reads_all", "status"), [(False, "member"), (True, "member"), (False, "administrator")]
)
async def test_a_group_is_told_what_the_bot_does_not_hear_there(
    telegram: Telegram, account: BotAccount, ana: Person, reads_all: bool, status: str
) -> None:
    account.reads_all = reads_all
    room = telegram.group("Room", ana.user, account)
    ana.add(account, room, status)
    async with meeting(telegram, account) as here:
        ana.write("@helper_bot hello", room)
        ana.write("hello", account)
        in_group, direct = [event.key for event in await here.heard(2)]  # type: ignore[union-attr]

        assert ("BotFather" in await here.adapter.unheard(in_group)) == (not reads_all and status == "member")
        assert await here.adapter.unheard(direct) == ""


async def test_the_commands_are_shown_to_people(telegram: Telegram, account: BotAccount, ana: Person) -> None:
    async with meeting(telegram, account) as here:
        ana.write("hello", account)
        await here.message()

    [shown] = account.commands.values()
    assert {one["command"]: one["description"] for one in shown} == {
        "help": "Show what I can do.",
        "summarize": "Sum up what was said.",
    }


async def test_a_message_that_is_gone_is_deleted_enough(
    telegram: Telegram, account: BotAccount, ana: Person, clock: Clock
) -> None:
    async with meeting(telegram, account) as here:
        ana.write("hello", account)
        receipt = await here.adapter.create(answer(await here.message(), "hi"))
        for _ in range(2):
            await here.adapter.delete(receipt)
        await here.adapter.delete(Receipt("1", "12345/67"))  # of a bot that is configured no more

    assert telegram.said_by(account, ana.chat(account)) == []
