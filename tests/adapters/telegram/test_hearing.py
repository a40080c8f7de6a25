"""What of all that is said on Telegram reaches the core, and as what."""

from __future__ import annotations

from typing import Any

import pytest
from telegram import Bot, Update
from telegram.request import BaseRequest

from botcore import ChatMoved, InboundEvent
from botcore_telegram import updates
from tests.adapters.telegram.meeting import answer, meeting
from tests.fakes.telegram import BotAccount, Fault, Person, Telegram


@pytest.fixture
def account(telegram: Telegram) -> BotAccount:
    return telegram.bot("helper_bot", reads_all=True)


@pytest.mark.parametrize(
    ("written", "text", "addressed"),
    [
        ("not for you", "not for you", False),
        ("@helper_bot what is up?", "what is up?", True),
        ("@Helper_Bot, what is up?", "what is up?", True),
        ("so @helper_bot tell me", "so tell me", True),
        ("what do you think @helper_bot", "what do you think", True),
        ("@other_bot what is up?", "@other_bot what is up?", False),
        ("mail helper_bot@example.org", "mail helper_bot@example.org", False),
        ("/summarize 20", "/summarize 20", True),
        ("/summarize@helper_bot 20", "/summarize@helper_bot 20", True),
        ("/summarize@other_bot 20", "/summarize@other_bot 20", False),
        ("/ban ana", "/ban ana", False),
        ("@helper_bot /summarize 20", "/summarize 20", True),
        ("@helper_bot", "@helper_bot", True),
    ],
)
async def test_in_a_group_the_bot_knows_what_is_meant_for_it(
    telegram: Telegram, account: BotAccount, ana: Person, written: str, text: str, addressed: bool
) -> None:
    room = telegram.group("Room", ana.user, account)
    async with meeting(telegram, account) as here:
        ana.write(written, room)
        event = await here.message()

    assert (event.text, event.addressed, event.direct) == (text, addressed, False)
    assert event.key.chat == str(room.id)


async def test_an_answer_to_the_bot_is_meant_for_it(
    telegram: Telegram, account: BotAccount, ana: Person
) -> None:
    room = telegram.group("Room", ana.user, account)
    async with meeting(telegram, account) as here:
        ana.write("@helper_bot hello", room)
        receipt = await here.adapter.create(answer(await here.message(), "hi"))
        ana.write("and now?", room, reply_to=room.messages[int(receipt.message_id)])
        await here.heard(2)

    assert here.texts == [("hello", True), ("and now?", True)]


async def test_what_somebody_else_said_is_quoted_when_it_is_answered(
    telegram: Telegram, account: BotAccount, ana: Person
) -> None:
    bo = telegram.person("Bo")
    room = telegram.group("Room", ana.user, bo.user, account)
    async with meeting(telegram, account) as here:
        said = bo.write("we meet\nat noon", room)
        ana.write("@helper_bot is that true?", room, reply_to=said)
        ana.write("/summarize 5", room, reply_to=said)
        await here.heard(3)

    assert here.texts[1:] == [
        ("is that true?\n\nBo wrote:\n> we meet\n> at noon", True),
        ("/summarize 5", True),
    ]


async def test_a_topic_is_a_thread_and_a_reply_elsewhere_is_none(
    telegram: Telegram, account: BotAccount, ana: Person
) -> None:
    forum = telegram.group("Forum", ana.user, account, is_forum=True)
    topic = ana.open_topic(forum, "Plans")
    async with meeting(telegram, account) as here:
        ana.write("within", forum, topic=topic)
        ana.write("without", forum)
        await here.heard(2)

    keys = [event.key.thread for event in here.events if isinstance(event, InboundEvent)]
    assert keys == [str(topic.id), ""]
    assert here.texts == [("within", False), ("without", False)]  # the notice of the topic is nothing said


async def test_an_edit_is_followed(telegram: Telegram, account: BotAccount, ana: Person) -> None:
    async with meeting(telegram, account) as here:
        message = ana.write("helo", account)
        await here.heard(1)
        ana.edit(message, "hello")
        await here.heard(2)

    assert here.edits == ["hello"]


async def test_an_edit_keeps_what_the_message_answers(
    telegram: Telegram, account: BotAccount, ana: Person
) -> None:
    bo = telegram.person("Bo")
    room = telegram.group("Room", ana.user, bo.user, account)
    async with meeting(telegram, account) as here:
        said = bo.write("at noon", room)
        file = bo.send_document(room, "a.py", b"x = 1", caption="look")
        asked = [
            ana.write("@helper_bot is taht true?", room, reply_to=said),
            ana.write("@helper_bot explian", room, reply_to=file),
            ana.write("not for teh bot", room, reply_to=said),
            ana.write("/summarize 5", room, reply_to=said),
        ]
        await here.heard(6)
        edits = ("@helper_bot is that true?", "@helper_bot explain", "not for the bot", "/summarize 6")
        for message, text in zip(asked, edits, strict=True):
            ana.edit(message, text)
        await here.heard(10)

    assert here.edits == [
        "is that true?\n\nBo wrote:\n> at noon",
        "explain\n\nBo wrote:\n> look\n[file: a.py]",  # in whose place what was read of it stays
        "not for the bot",
        "/summarize 6",
    ]


async def test_a_group_that_moves_is_followed(telegram: Telegram, account: BotAccount, ana: Person) -> None:
    room = telegram.group("Room", ana.user, account, kind="group")
    async with meeting(telegram, account) as here:
        new = telegram.move(room)
        await here.heard(2)

    assert set(here.events) == {ChatMoved("telegram", str(account.user.id), str(room.id), str(new.id))}


async def test_what_another_bot_says_is_known_as_a_bots_and_meant_for_nobody(
    telegram: Telegram, account: BotAccount, ana: Person
) -> None:
    telegram.bots_hear_bots = True
    other = telegram.bot("other_bot", reads_all=True)
    room = telegram.group("Room", ana.user, account, other)
    async with meeting(telegram, account, other) as here:
        ana.write("@helper_bot hello", room)
        await here.heard(2)
        event = next(e for e in here.events if isinstance(e, InboundEvent) and e.addressed)
        await here.adapter.create(answer(event, "hi @other_bot"))
        await here.heard(3)

    heard = [event for event in here.events if isinstance(event, InboundEvent)]
    assert [(e.text, e.addressed) for e in heard if e.author.is_bot] == [("hi @other_bot", False)]


async def test_several_bots_are_tenants_of_their_own(telegram: Telegram, ana: Person) -> None:
    first, second = telegram.bot("first_bot"), telegram.bot("second_bot")
    async with meeting(telegram, first, second) as here:
        ana.write("one", first)
        ana.write("two", second)
        await here.heard(2)
        for event in here.events:
            assert isinstance(event, InboundEvent)
            await here.adapter.create(answer(event, f"{event.text}!"))

    assert [m.text for m in telegram.said_by(first, ana.chat(first))] == ["one!"]
    assert [m.text for m in telegram.said_by(second, ana.chat(second))] == ["two!"]


async def test_a_text_file_is_read(telegram: Telegram, account: BotAccount, ana: Person) -> None:
    async with meeting(telegram, account) as here:
        ana.send_document(account, "a.py", b"print('```')\n", caption="what is wrong?")
        event = await here.message()

    assert event.text == "what is wrong?\n\na.py:\n````py\nprint('```')\n````"
    assert not event.unreadable


@pytest.mark.parametrize(
    ("name", "content", "mime_type", "why"),
    [
        ("a.pdf", b"%PDF", "application/pdf", "kind"),
        ("a.txt", b"\xff\xfa\x00", "text/plain", "no text in UTF-8"),
        ("a.txt", b"x" * 2048, "text/plain", "too large"),
        ("a.txt", b"a\0b", "text/plain", "no text in UTF-8"),
    ],
)
async def test_a_file_that_can_not_be_read_is_told_so(
    telegram: Telegram, account: BotAccount, ana: Person, name: str, content: bytes, mime_type: str, why: str
) -> None:
    async with meeting(telegram, account, file_kilobytes=1) as here:
        ana.send_document(account, name, content, mime_type=mime_type)
        event = await here.message()

    assert why in event.unreadable
    assert event.text == f"[file: {name}]"


async def test_a_file_of_a_group_is_read_only_when_the_bot_is_asked(
    telegram: Telegram, account: BotAccount, ana: Person
) -> None:
    room = telegram.group("Room", ana.user, account)
    async with meeting(telegram, account) as here:
        sent = ana.send_document(room, "a.py", b"x = 1")
        await here.heard(1)
        assert not [call for call in telegram.calls if call.method == "getfile"]
        ana.write("@helper_bot explain", room, reply_to=sent)
        await here.heard(2)

    assert here.texts[0] == ("[file: a.py]", False)
    assert here.texts[1] == ("explain\n\na.py:\n```py\nx = 1\n```", True)


async def test_a_command_may_stand_below_a_file(telegram: Telegram, account: BotAccount, ana: Person) -> None:
    room = telegram.group("Room", ana.user, account)
    async with meeting(telegram, account) as here:
        ana.send_document(room, "a.py", b"x = 1", caption="/summarize@helper_bot 20")
        ana.send_document(room, "a.py", b"x = 1", caption="/summarize@other_bot 20")
        await here.heard(2)

    assert here.texts == [
        ("/summarize@helper_bot 20\n\na.py:\n```py\nx = 1\n```", True),
        ("/summarize@other_bot 20\n[file: a.py]", False),
    ]


@pytest.mark.parametrize("method", ["getFile", "download"])
@pytest.mark.parametrize("code", [403, 404, 502])
async def test_a_file_that_telegram_does_not_give_holds_up_nothing(
    telegram: Telegram, account: BotAccount, ana: Person, method: str, code: int
) -> None:
    telegram.faults.add(Fault(code=code), method, times=100)
    async with meeting(telegram, account) as here:
        ana.send_document(account, "a.py", b"x = 1")
        event = await here.message()
        await telegram.until(lambda: not account.updates.pending, "a confirmation", 15)

    assert event.unreadable == "Telegram did not give me “a.py”. Please send it again."


async def test_voice_and_pictures_are_told_to_be_unreadable(
    telegram: Telegram, account: BotAccount, ana: Person
) -> None:
    async with meeting(telegram, account) as here:
        ana.send_voice(account)
        ana.send_photo(account, caption="look")
        await here.heard(2)

    told = [event.unreadable for event in here.events if isinstance(event, InboundEvent)]
    assert ["listen" in told[0], "pictures" in told[1]] == [True, True]
    assert here.texts == [("[voice message]", True), ("look\n[photo]", True)]


async def test_of_an_album_one_picture_is_told_to_be_unreadable(
    telegram: Telegram, account: BotAccount, ana: Person
) -> None:
    size = {"file_id": "f", "file_unique_id": "u", "width": 1, "height": 1}
    async with meeting(telegram, account) as here:
        for number in (1, 2, 3):
            body = {
                "message_id": number,
                "date": 1_800_000_000,
                "chat": {"id": ana.id, "type": "private"},
                "from": ana.user.json(),
                "photo": [size],
                "media_group_id": "album",
            }
            account.updates.add("message", body, ana.id)
        await here.heard(3)

    heard = [event for event in here.events if isinstance(event, InboundEvent)]
    assert [bool(event.unreadable) for event in heard] == [True, False, False]
    assert [event.addressed for event in heard] == [True, False, False]


async def test_a_bot_that_breaks_ends_the_adapter_which_is_then_started_again(
    telegram: Telegram, account: BotAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = telegram.bot("other_bot")

    async def fetch(bot: Bot, request: BaseRequest, **more: Any) -> tuple[Update, ...]:
        if bot.id == other.user.id:
            raise RuntimeError("a bug")
        return await updates.fetch(bot, request, **more)

    monkeypatch.setattr("botcore_telegram.polling.fetch", fetch)
    async with meeting(telegram, account, other) as here:
        await telegram.until(lambda: here.has_ended, "an end", 15)

        assert here.task and isinstance(here.task.exception(), RuntimeError)
