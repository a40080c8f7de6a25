"""Slack's own export: a zip with a folder for each channel and a file for each day."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from botcore import Author, InputError
from botcore.exports import LeftOut, Record, open_export
from tests.botcore.exports.made import read, slack_files, slack_message, write_folder, write_zip


def read_one(tmp_path: Path, message: object) -> Record:
    (record,), problems = read(write_zip(tmp_path / "export.zip", slack_files(message)))
    assert not problems
    return record


def test_a_message_has_its_chat_its_author_and_its_time(tmp_path: Path) -> None:
    record = read_one(tmp_path, slack_message("hello"))

    assert (record.chat.id, record.chat.name) == ("C01GENERAL", "general")
    assert (record.id, record.author, record.text) == ("1772448120.000100", Author("U01ANA", "Ana"), "hello")
    assert record.sent_at == datetime(2026, 3, 2, 10, 42, 0, 100, tzinfo=UTC)
    assert not record.left_out


def test_the_workspace_is_known_from_its_users(tmp_path: Path) -> None:
    export = open_export(write_zip(tmp_path / "export.zip", slack_files(slack_message("hello"))))

    assert (export.platform, export.tenant) == ("slack", "T0TEAM")


def test_days_are_read_in_order_and_channels_one_after_the_other(tmp_path: Path) -> None:
    files = slack_files(slack_message("second", "1772448120.0")) | {
        "random/2026-03-05.json": [slack_message("fourth", "1772707200.0")],
        "general/2026-03-01.json": [slack_message("first", "1772361600.0")],
        "random/2026-03-04.json": [slack_message("third", "1772620800.0")],
    }

    records, _ = read(write_zip(tmp_path / "export.zip", files))

    assert [record.text for record in records] == ["first", "second", "third", "fourth"]


def test_a_folder_is_read_like_the_zip_it_came_from(tmp_path: Path) -> None:
    files = slack_files(slack_message("hello"), slack_message("bye", "1772448121.0"))

    assert read(write_folder(tmp_path / "unpacked", files))[0] == read(write_zip(tmp_path / "zip", files))[0]


def test_a_zip_of_the_unpacked_folder_is_read_too(tmp_path: Path) -> None:
    files = slack_files(slack_message("hello"))
    files["__MACOSX/._users.json"] = b"\0\5\26\7"

    records, problems = read(write_zip(tmp_path / "export.zip", files, top="Team Slack export/"))

    assert ([record.text for record in records], problems) == (["hello"], [])


def test_every_kind_of_chat_has_its_id_and_a_name_for_people(tmp_path: Path) -> None:
    files = slack_files(slack_message("hello")) | {
        "groups.json": [{"id": "G01SECRET", "name": "secret"}],
        "mpims.json": [{"id": "G02MANY", "name": "mpdm-ana--bo--ci-1"}],
        "dms.json": [{"id": "D01", "members": ["U01ANA", "U02BO"]}],
        "secret/2026-03-02.json": [slack_message("psst")],
        "mpdm-ana--bo--ci-1/2026-03-02.json": [slack_message("all three")],
        "D01/2026-03-02.json": [slack_message("just us")],
        "renamed/2026-03-02.json": [slack_message("in no list")],
    }

    records, _ = read(write_zip(tmp_path / "export.zip", files))

    assert {record.text: (record.chat.id, record.chat.name) for record in records} == {
        "hello": ("C01GENERAL", "general"),
        "psst": ("G01SECRET", "secret"),
        "all three": ("G02MANY", "mpdm-ana--bo--ci-1"),
        "just us": ("D01", "Ana, Bo Chen"),
        "in no list": ("renamed", "renamed"),
    }


@pytest.mark.parametrize(
    ("fields", "author"),
    [
        ({}, Author("U01ANA", "Ana")),
        ({"user": "U02BO"}, Author("U02BO", "Bo Chen")),
        ({"user": "U09"}, Author("U09", "U09")),
        ({"user": "U09", "user_profile": {"display_name": "", "real_name": "Guest"}}, Author("U09", "Guest")),
        ({"user": "U03CI"}, Author("U03CI", "CI", is_bot=True)),
        ({"user": "USLACKBOT"}, Author("USLACKBOT", "USLACKBOT", is_bot=True)),
        ({"user": None, "bot_id": "B01", "username": "deploy"}, Author("B01", "deploy", is_bot=True)),
        (
            {"user": None, "bot_id": "B01", "bot_profile": {"name": "Jira"}},
            Author("B01", "Jira", is_bot=True),
        ),
        ({"user": None}, Author("unknown", "unknown")),
    ],
)
def test_an_author_has_the_name_that_people_see(
    tmp_path: Path, fields: dict[str, Any], author: Author
) -> None:
    assert read_one(tmp_path, slack_message("hello", **fields)).author == author


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("<@U02BO>: see <#C01GENERAL>", "@Bo Chen: see #general"),
        ("<#C01GENERAL|> and <#C09|other>", "#general and #other"),
        ("<https://a.example|the plan> &amp; more", "the plan (https://a.example) & more"),
    ],
)
def test_marks_are_shown_as_people_see_them(tmp_path: Path, written: str, shown: str) -> None:
    assert read_one(tmp_path, slack_message(written)).text == shown


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"subtype": "channel_join"}, LeftOut.MEMBERSHIP),
        ({"subtype": "group_leave"}, LeftOut.MEMBERSHIP),
        ({"subtype": "channel_topic"}, LeftOut.NOTICE),
        ({"subtype": "tombstone", "user": "USLACKBOT"}, LeftOut.NOTICE),
        ({"subtype": "bot_message", "user": None, "username": "ci"}, LeftOut.BOT),
        ({"text": " "}, LeftOut.EMPTY),
        ({"subtype": "thread_broadcast", "thread_ts": "1772448000.000001"}, None),
        ({"subtype": "me_message"}, None),
    ],
)
def test_what_people_did_not_say_is_marked(
    tmp_path: Path, fields: dict[str, Any], reason: LeftOut | None
) -> None:
    assert read_one(tmp_path, slack_message(str(fields.pop("text", "x")), **fields)).left_out == reason


def test_threads_edits_and_files_are_kept(tmp_path: Path) -> None:
    record = read_one(
        tmp_path,
        slack_message(
            "the plan",
            thread_ts="1772448000.000001",
            edited={"user": "U01ANA", "ts": "1772448180.000000"},
            files=[{"id": "F01", "name": "plan.pdf"}, {"id": "F02", "mode": "tombstone"}],
        ),
    )

    assert record.thread == "1772448000.000001"
    assert record.edited_at == datetime(2026, 3, 2, 10, 43, tzinfo=UTC)
    assert record.text == "the plan\n[file: plan.pdf]"


def test_one_chat_is_read_by_its_name_or_its_id(tmp_path: Path) -> None:
    files = slack_files(slack_message("hello")) | {"random/2026-03-02.json": [slack_message("else")]}
    path = write_zip(tmp_path / "export.zip", files)

    for name in ("general", "#general", "C01GENERAL"):
        assert [record.text for record in read(path, name)[0]] == ["hello"]
    with pytest.raises(InputError, match=r"no chat “sales”\. It has general \(1 day\), random \(1 day\)"):
        read(path, "sales")
