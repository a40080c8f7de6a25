"""Whatever stands in a file: what can be read is read, the rest is named."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from botcore import InputError
from botcore.exports import Problem, Record, open_export, slack_export
from tests.botcore.exports.made import (
    read,
    slack_files,
    slack_message,
    telegram_account,
    telegram_chat,
    telegram_message,
    write_folder,
    write_json,
    write_zip,
)


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (5, "expected an object with user, ts and text"),
        (slack_message("x", ts=""), '"ts" is missing'),
        (slack_message("x", ts="soon"), '"ts" is “soon”, which is no time'),
        (slack_message("x", ts="9" * 30), "which is no time"),
        (slack_message("x") | {"text": ["x"]}, '"text" must be a text'),
        (slack_message("x", user={"id": "U1"}), '"user" must be a text'),
        (slack_message("x", user="U" * 200), '"user" is longer than 128 characters'),
        (slack_message("x", edited={"ts": "never"}), '"edited.ts" is “never”'),
    ],
)
def test_a_slack_message_that_can_not_be_used_is_named_and_passed_over(
    tmp_path: Path, record: object, reason: str
) -> None:
    path = write_zip(tmp_path / "export.zip", slack_files(record, slack_message("fine")))

    records, (problem,) = read(path)

    assert [found.text for found in records] == ["fine"]
    assert str(problem).startswith(f"{path}, general/2026-03-02.json, message 1: ")
    assert reason in problem.reason
    assert not problem.is_gap


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ([], "expected an object with id, type, date and text"),
        (telegram_message("x") | {"id": None}, '"id" is missing'),
        (telegram_message("x", type=None), '"type" is missing'),
        (telegram_message("x", date=None, date_unixtime=None), '"date" is missing'),
        (telegram_message("x", date_unixtime="late"), '"date_unixtime" is “late”, which is no time'),
        (telegram_message("x", date="02.03.2026", date_unixtime=None), '"date" is “02.03.2026”'),
        (telegram_message({"text": 5}), '"text" must be a text, or a list of pieces'),
        (telegram_message(["a", 5]), '"text" must be a text, or a list of pieces'),
        (telegram_message("x", forwarded_from=5), '"forwarded_from" must be a text'),
    ],
)
def test_a_telegram_message_that_can_not_be_used_is_named_and_passed_over(
    tmp_path: Path, record: object, reason: str
) -> None:
    path = write_json(tmp_path / "result.json", telegram_chat(record, telegram_message("fine")))

    records, (problem,) = read(path)

    assert [found.text for found in records] == ["fine"]
    assert str(problem).startswith(f"{path}, chat “Team”, message 1: ")
    assert reason in problem.reason
    assert not problem.is_gap


def test_a_chat_without_an_id_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    nameless = {"name": "Ops", "messages": [telegram_message("lost")]}
    path = write_json(tmp_path / "r", telegram_account(nameless, 5, telegram_chat(telegram_message("fine"))))

    records, (problem,) = read(path)

    assert [record.text for record in records] == ["fine"]
    assert str(problem) == f'{path}, chat 1: "id" is missing before its messages'
    assert problem.is_gap


def test_a_file_that_breaks_off_is_read_up_to_there(tmp_path: Path) -> None:
    path = write_json(tmp_path / "result.json", telegram_chat(*map(telegram_message, "abc")))
    text = path.read_text()
    path.write_text(text[: text.index('"text": "c"')])

    records, (problem,) = read(path)

    assert [record.text for record in records] == ["a", "b"]
    line = path.read_text().count("\n") + 1
    assert str(problem) == f"{path}, line {line}: this is not valid JSON, it breaks off here"
    assert problem.is_gap


def test_a_mistake_far_inside_a_long_file_is_found_by_its_line(tmp_path: Path) -> None:
    path = write_json(tmp_path / "result.json", telegram_chat(*map(telegram_message, map(str, range(3000)))))
    lines = path.read_text().splitlines()
    lines[30_000] = "oops"
    path.write_text("\n".join(lines))

    records, (problem,) = read(path)

    assert problem.where == f"{path}, line 30001"
    assert len(records) > 1000


def test_a_day_that_can_not_be_read_is_named_and_the_next_one_is_read(tmp_path: Path) -> None:
    files = slack_files(slack_message("fine")) | {
        "general/2026-02-27.json": b'[\n{"ts": "1.0", "user": "U01ANA", "text": "first"},\n{"ts"',
        "general/2026-02-28.json": {"ok": False},
    }
    path = write_zip(tmp_path / "export.zip", files)

    records, (broken, wrong) = read(path)

    assert [record.text for record in records] == ["first", "fine"]
    assert str(broken) == (
        f"{path}, general/2026-02-27.json, line 3: this is not valid JSON, it breaks off here"
    )
    assert str(wrong) == f"{path}, general/2026-02-28.json: expected a list"


def test_lists_that_can_not_be_read_cost_names_only(tmp_path: Path) -> None:
    files = slack_files(slack_message("hello")) | {"users.json": b"[{", "channels.json": [5, {"id": 7}, None]}

    (record,), (problem,) = read(write_zip(tmp_path / "export.zip", files))

    assert (record.author.name, record.chat.id, record.text) == ("U01ANA", "general", "hello")
    assert "users.json, line 1" in problem.where


def test_a_day_larger_than_any_day_is_left_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a zip that is made to fill the memory of whoever opens it."""
    monkeypatch.setattr(slack_export, "LARGEST_FILE", 1 << 20)
    bomb = b'[{"ts": "1.0", "text": "' + b"a" * (1 << 21) + b'"}]'
    files = slack_files(slack_message("fine")) | {"general/2026-01-01.json": bomb}

    records, (problem,) = read(write_zip(tmp_path / "export.zip", files))

    assert [record.text for record in records] == ["fine"]
    assert problem.reason == "it is larger than 1 MiB and was left unread"


def test_no_name_in_a_file_reaches_a_terminal_with_its_escape_sequences(tmp_path: Path) -> None:
    files = {
        "a\x1b[2Jb/2026-03-02.json": [5],
        "users.json": [{"id": "U1", "profile": {"real_name": "\x1b[1m"}}],
    }

    _, (problem,) = read(write_zip(tmp_path / "export.zip", files))

    assert str(problem).startswith(f"{tmp_path / 'export.zip'}, a[2Jb/2026-03-02.json, message 1: ")


def test_a_damaged_member_of_a_zip_is_named(tmp_path: Path) -> None:
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w") as archive:  # stored, so that a byte can be changed
        for name, content in slack_files(slack_message("hello")).items():
            archive.writestr(name, json.dumps(content))
    path.write_bytes(path.read_bytes().replace(b"hello", b"hullo"))

    _, (problem,) = read(path)

    assert "general/2026-03-02.json" in problem.where
    assert "Bad CRC-32" in problem.reason


def test_bytes_that_are_no_characters_are_replaced(tmp_path: Path) -> None:
    path = write_json(tmp_path / "result.json", telegram_chat(telegram_message("one|two")))
    path.write_bytes(path.read_bytes().replace(b"|", b"\xff"))

    (record,), problems = read(path)

    assert (record.text, problems) == ("one\ufffdtwo", [])


def test_a_zip_that_is_protected_says_what_to_do(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "export.zip", slack_files(slack_message("hello")))
    raw = bytearray(path.read_bytes())
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = raw.find(signature)
        while place >= 0:
            raw[place + flags] |= 1  # "encrypted"
            place = raw.find(signature, place + 1)
    path.write_bytes(raw)

    with pytest.raises(InputError, match=r"export\.zip is protected by a password\. Unpack it"):
        open_export(path)


@pytest.mark.parametrize(
    ("files", "error"),
    [
        ({}, "is no export that is understood"),
        ({"notes.txt": b"hello"}, "is no export that is understood"),
        ({"users.json": []}, "is no export that is understood"),
        ({"deep/er/general/2026-03-02.json": []}, "is no export that is understood"),
    ],
)
def test_a_zip_or_folder_of_something_else_lists_what_is_understood(
    tmp_path: Path, files: dict[str, object], error: str
) -> None:
    (tmp_path / "folder").mkdir()
    for path in (write_zip(tmp_path / "export.zip", files), write_folder(tmp_path / "folder", files)):
        with pytest.raises(InputError, match=error) as raised:
            open_export(path)
        assert "Telegram Desktop's JSON export" in str(raised.value)


def test_a_zip_that_is_cut_off_is_no_zip(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "export.zip", slack_files(slack_message("hello")))
    path.write_bytes(path.read_bytes()[:-30])

    with pytest.raises(InputError, match=r"export\.zip is not text in UTF-8"):
        open_export(path)


@pytest.mark.parametrize("content", ['{"name": "x"}', '{"chats": 5, "messages": {}}', "{}"])
def test_json_of_something_else_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(content)

    try:
        records, problems = read(path)
    except InputError as error:
        assert "x.json" in str(error)
    else:
        assert (records, problems) == ([], [])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["id", "ts", "text"]), inner),
    max_leaves=8,
)
FIELDS = ["id", "type", "date", "date_unixtime", "from", "from_id", "text", "ts", "user", "edited", "files"]
MESSAGE = st.dictionaries(st.sampled_from(FIELDS), JSON)
FUZZ = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)


def read_or_refuse(path: Path) -> None:
    """Every file gives messages and problems, or one error that names it."""
    try:
        found = list(open_export(path).read())
    except InputError as error:
        assert path.name in str(error)
    else:
        assert all(isinstance(one, Record | Problem) for one in found)


@FUZZ
@given(messages=st.lists(MESSAGE | JSON, max_size=5), chat=st.dictionaries(st.sampled_from(FIELDS), JSON))
def test_any_chat_of_telegrams_is_read_or_refused(tmp_path: Path, messages: Any, chat: Any) -> None:
    path = write_json(tmp_path / "any.json", telegram_account(telegram_chat(*messages), chat))

    read_or_refuse(path)


@FUZZ
@given(messages=st.lists(MESSAGE | JSON, max_size=5), users=JSON, channels=st.lists(MESSAGE | JSON))
def test_any_workspace_of_slacks_is_read_or_refused(
    tmp_path: Path, messages: Any, users: Any, channels: Any
) -> None:
    files = slack_files(*messages) | {"users.json": users, "dms.json": channels}

    read_or_refuse(write_zip(tmp_path / "any.zip", files))


@FUZZ
@given(data=st.data())
def test_any_damage_to_a_file_is_survived(tmp_path: Path, data: st.DataObject) -> None:
    files = slack_files(slack_message("hello"), slack_message("bye"))
    path = data.draw(
        st.sampled_from(
            [
                write_zip(tmp_path / "any.zip", files),
                write_json(tmp_path / "any.json", telegram_chat(*map(telegram_message, "abcdef"))),
                write_json(tmp_path / "any-too.json", {"users": {"U01ANA": "Ana"}, "messages": [files]}),
            ]
        )
    )
    raw = bytearray(path.read_bytes())
    for place in data.draw(st.lists(st.integers(0, len(raw) - 1), max_size=6)):
        raw[place] = data.draw(st.integers(0, 255))
    path.write_bytes(raw[: data.draw(st.integers(0, len(raw)))])

    read_or_refuse(path)


@FUZZ
@given(content=st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_file_is_read_or_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "any"
    path.write_bytes(content)

    read_or_refuse(path)
