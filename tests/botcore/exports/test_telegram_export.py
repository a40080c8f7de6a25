"""Telegram Desktop's JSON export: one chat, or all of an account."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from botcore import Author, InputError
from botcore.exports import LeftOut, Record, open_export
from tests.botcore.exports.made import (
    read,
    telegram_account,
    telegram_chat,
    telegram_message,
    write_folder,
    write_json,
    write_zip,
)


def read_one(tmp_path: Path, message: object, **chat: object) -> Record:
    (record,), problems = read(write_json(tmp_path / "result.json", telegram_chat(message, **chat)))
    assert not problems
    return record


def test_a_message_has_its_chat_its_author_and_its_time(tmp_path: Path) -> None:
    record = read_one(tmp_path, telegram_message("hello"))

    assert (record.chat.id, record.chat.name) == ("-1001234567890", "Team")
    assert (record.id, record.author, record.text) == ("7", Author("4711", "Ana"), "hello")
    assert record.sent_at == datetime(2026, 3, 2, 10, 42, tzinfo=UTC)
    assert not record.left_out


def test_a_whole_account_is_read_with_the_chats_that_were_left(tmp_path: Path) -> None:
    account = telegram_account(
        telegram_chat(telegram_message("here")),
        {"type": "saved_messages", "id": 99, "messages": [telegram_message("a note")]},
        telegram_chat(name=None, id=5, type="personal_chat"),
        left=[telegram_chat(telegram_message("gone"), name="Old", id=8, type="private_group")],
    )
    path = write_json(tmp_path / "result.json", account)

    records, problems = read(path)

    assert [(record.chat.name, record.text) for record in records] == [
        ("Team", "here"),
        ("saved messages", "a note"),
        ("Old", "gone"),
    ]
    assert not problems
    assert [(chat.name, chat.size) for chat in open_export(path).chats()] == [
        ("Team", "1 message"),
        ("saved messages", "1 message"),
        ("personal chat", "0 messages"),
        ("Old", "1 message"),
    ]


@pytest.mark.parametrize(
    ("kind", "chat_id", "has_live_ids"),
    [
        ("private_supergroup", "-1001234567890", True),
        ("public_channel", "-1001234567890", True),
        ("private_group", "-1234567890", False),
        ("personal_chat", "1234567890", False),
        ("bot_chat", "1234567890", False),
    ],
)
def test_a_chat_is_named_as_bots_know_it(tmp_path: Path, kind: str, chat_id: str, has_live_ids: bool) -> None:
    chat = read_one(tmp_path, telegram_message("hello"), type=kind).chat

    assert (chat.id, chat.has_live_ids, chat.is_direct) == (chat_id, has_live_ids, kind == "bot_chat")


def test_a_bot_is_known_where_one_talks_with_it_alone(tmp_path: Path) -> None:
    said = telegram_message("at your service") | {"from": "Helper", "from_id": "user1234567890"}

    assert read_one(tmp_path, said, type="bot_chat").author == Author("1234567890", "Helper", is_bot=True)


@pytest.mark.parametrize(
    ("fields", "author"),
    [
        ({"from": None, "from_id": "user12"}, Author("12", "deleted account")),
        ({"from": "News", "from_id": "channel12"}, Author("-10012", "News")),
        ({"from": "Group", "from_id": "chat12"}, Author("-12", "Group")),
        ({"from": "Old", "from_id": 4294967}, Author("4294967", "Old")),
        ({"from": "Nameless id", "from_id": None}, Author("Nameless id", "Nameless id")),
    ],
)
def test_authors_have_the_ids_that_bots_see(tmp_path: Path, fields: dict[str, Any], author: Author) -> None:
    message = telegram_message("hello")
    message.update(fields)

    assert read_one(tmp_path, message).author == author


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        (["see ", {"type": "link", "text": "https://a.example"}, "!"], "see https://a.example!"),
        (
            [{"type": "text_link", "text": "the plan", "href": "https://a.example"}],
            "the plan (https://a.example)",
        ),
        ([{"type": "bold", "text": "now"}, ", ", {"type": "mention", "text": "@bo"}], "now, @bo"),
    ],
)
def test_a_text_in_pieces_is_put_together(tmp_path: Path, text: object, shown: str) -> None:
    assert read_one(tmp_path, telegram_message(text)).text == shown


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ({"forwarded_from": "Bo"}, "[forwarded from Bo] hello"),
        ({"forwarded_from": None, "file": "files/plan.pdf"}, "hello\n[file: plan.pdf]"),
        ({"file": "(File not included. Change data exporting settings to download.)"}, "hello\n[file]"),
        ({"file": "(File not included.)", "file_name": "plan.pdf"}, "hello\n[file: plan.pdf]"),
        ({"photo": "photos/photo_1.jpg", "width": 10}, "hello\n[photo]"),
        ({"media_type": "voice_message", "file": "voice/audio_1.ogg"}, "hello\n[voice message: audio_1.ogg]"),
        ({"media_type": "sticker", "file": "x.webp", "sticker_emoji": "👍"}, "hello\n[sticker: 👍]"),
        ({"poll": {"question": "Friday?", "answers": []}}, "hello\n[poll: Friday?]"),
    ],
)
def test_what_is_shown_beside_a_text_is_named(tmp_path: Path, fields: dict[str, Any], shown: str) -> None:
    assert read_one(tmp_path, telegram_message("hello", **fields)).text == shown


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ({"id": 1, "type": "unsupported"}, LeftOut.NOTICE),
        (telegram_message("", type="service", action="pin_message", actor="Ana"), LeftOut.NOTICE),
        (telegram_message("", type="service", action="invite_members", members=[None]), LeftOut.MEMBERSHIP),
        (telegram_message(""), LeftOut.EMPTY),
        (telegram_message([]), LeftOut.EMPTY),
    ],
)
def test_what_people_did_not_say_is_marked(tmp_path: Path, message: object, reason: LeftOut) -> None:
    assert read_one(tmp_path, message).left_out == reason


def test_an_edit_has_its_time_and_1970_is_none(tmp_path: Path) -> None:
    edited = read_one(tmp_path, telegram_message("new", edited_unixtime="1772448180"))
    never = read_one(tmp_path, telegram_message("old", edited="1970-01-01T01:00:00"))

    assert edited.edited_at == datetime(2026, 3, 2, 10, 43, tzinfo=UTC)
    assert never.edited_at is None


def test_a_date_without_a_zone_is_taken_as_utc_and_that_is_told(tmp_path: Path) -> None:
    export = open_export(
        write_json(tmp_path / "result.json", telegram_chat(telegram_message("old", date_unixtime=None)))
    )
    (record,) = export.read()

    assert isinstance(record, Record)
    assert record.sent_at == datetime(2026, 3, 2, 11, 42, tzinfo=UTC)
    assert export.assumed_utc


def test_topics_are_threads_and_answers_stay_in_them(tmp_path: Path) -> None:
    created = telegram_message("", 2, type="service", action="topic_created", title="Release")
    messages = [
        created,
        telegram_message("in the topic", 3, reply_to_message_id=2),
        telegram_message("an answer", 4, reply_to_message_id=3),
        telegram_message("elsewhere", 5),
        telegram_message("an answer there", 6, reply_to_message_id=5),
    ]

    records, _ = read(write_json(tmp_path / "result.json", telegram_chat(*messages)))

    assert [(record.thread, record.thread_name) for record in records] == [
        ("2", "Release"), ("2", "Release"), ("2", "Release"), ("", ""), ("", ""),
    ]  # fmt: skip


def test_control_characters_are_read_as_telegram_desktop_writes_them(tmp_path: Path) -> None:
    path = write_json(tmp_path / "result.json", telegram_chat(telegram_message("one|two \\x1F")))
    path.write_bytes(path.read_bytes().replace(b"|", b"\\x0B"))

    (record,), _ = read(path)

    assert record.text == "onetwo \\x1F"


def test_the_folder_and_a_zip_of_it_are_read_like_the_file(tmp_path: Path) -> None:
    files = {"result.json": telegram_chat(telegram_message("hello")), "photos/photo_1.jpg": b"\xff\xd8"}

    for path in (write_folder(tmp_path / "ChatExport", files), write_zip(tmp_path / "z", files, top="Chat/")):
        assert [record.text for record in read(path)[0]] == ["hello"]


def test_one_chat_is_read_by_its_name_or_its_id(tmp_path: Path) -> None:
    chats = [telegram_chat(telegram_message(name), name=name, id=n) for n, name in enumerate(("Ops", "Dev"))]
    path = write_json(tmp_path / "result.json", telegram_account(*chats))

    assert [record.text for record in read(path, "Dev")[0]] == ["Dev"]
    assert [record.text for record in read(path, "-1000")[0]] == ["Ops"]
    with pytest.raises(InputError, match=r"no chat “HR”\. It has Ops \(1 message\), Dev \(1 message\)"):
        read(path, "HR")


def test_chats_of_one_name_are_told_apart_by_their_ids(tmp_path: Path) -> None:
    chats = [telegram_chat(telegram_message("hi"), id=n, type="personal_chat", name="Ana") for n in (5, 6)]
    path = write_json(tmp_path / "result.json", telegram_account(*chats))

    with pytest.raises(InputError, match=r"It has Ana \(5, 1 message\), Ana \(6, 1 message\)"):
        read(path, "Bo")
    assert [record.chat.id for record in read(path, "6")[0]] == ["6"]
