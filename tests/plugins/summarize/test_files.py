from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botcore import InputError
from botcore.exports.slack_text import resolve
from botcore_summarize.chat_files import read_file
from botcore_summarize.talk import Talk

USERS = {"U1": "Ana", "U2": "Bo"}
MESSAGE = {"type": "message", "user": "U1", "ts": "1527173858.000514", "text": "hi <@U2>"}


def read(tmp_path: Path, content: object) -> list[Talk]:
    file = tmp_path / "chat.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return read_file(file)


def test_an_export_of_a_channel_is_read(tmp_path: Path) -> None:
    (talk,) = read(tmp_path, {"channel": "team", "users": USERS, "messages": [MESSAGE]})

    message = talk.lines[0].message
    assert (talk.name, message.id, message.author, message.text) == (
        "team",
        "1527173858.000514",
        "Ana",
        "hi @Bo",
    )
    assert message.sent_at == datetime(2018, 5, 24, 14, 57, 38, 514, UTC)


def test_threads_line_by_line_are_read(tmp_path: Path) -> None:
    threads = [{"name": name, "users": USERS, "messages": [MESSAGE]} for name in ("one", "two")]

    talks = read(tmp_path, "\n".join(map(json.dumps, threads)) + "\n")

    assert [talk.name for talk in talks] == ["one", "two"]


def test_a_bare_list_of_messages_is_read_in_the_order_of_time(tmp_path: Path) -> None:
    later = {**MESSAGE, "ts": "1527173900.000000", "text": "later", "user_profile": {"real_name": "Ana L."}}

    (talk,) = read(tmp_path, [later, MESSAGE])

    assert [(line.number, line.message.author) for line in talk.lines] == [(1, "U1"), (2, "Ana L.")]


def test_bots_and_joins_are_left_out_before_messages_are_counted(tmp_path: Path) -> None:
    records = [
        MESSAGE,
        {**MESSAGE, "subtype": "channel_join"},
        {**MESSAGE, "subtype": "channel_leave"},
        {**MESSAGE, "text": "done"},
        {**MESSAGE, "subtype": "bot_message", "username": "ci"},
        {**MESSAGE, "bot_id": "B1"},
        {**MESSAGE, "subtype": "channel_topic"},
        {**MESSAGE, "text": " "},
    ]

    (talk,) = read(tmp_path, {"users": USERS, "messages": records})
    last = talk.last(1)

    assert [line.message.text for line in talk.lines] == ["hi @Bo", "done"]
    assert talk.left_out == {
        "joins and leaves": 2, "by bots": 2, "notices of the platform": 1, "without text": 1,
    }  # fmt: skip
    assert [(line.number, line.message.text) for line in last.lines] == [(4, "done")]
    assert last.earlier == 1


@pytest.mark.parametrize(
    ("markup", "shown"),
    [
        ("<@U2>: ok", "@Bo: ok"),
        ("<@U9> <@U8|eve>", "@U9 @eve"),
        ("in <#C09L257PY|beginners>", "in #beginners"),
        ("see <https://a.example/b?c=d|the docs>", "see the docs (https://a.example/b?c=d)"),
        ("see <https://a.example>", "see https://a.example"),
        ("<!here> <!subteam^S1|@ops>", "@here @ops"),
        ("a &lt;b&gt; &amp;amp; &quot;", "a <b> &amp; &quot;"),
        ("1 < 2 > 0", "1 < 2 > 0"),
    ],
)
def test_slacks_markup_is_resolved(markup: str, shown: str) -> None:
    assert resolve(markup, USERS) == shown


PLAIN = """\
10:42 Ana: hello: world
and more
[10:43] <bo> hi
2026-03-02 10:44 Cy Li: dated

[10:44] *** eve joined
2026-03-02T10:45:10 - Ana: bye
"""


def test_plain_lines_are_read(tmp_path: Path) -> None:
    (talk,) = read(tmp_path, PLAIN)

    assert [(line.message.author, line.message.text.strip()) for line in talk.lines] == [
        ("Ana", "hello: world\nand more"),
        ("bo", "hi"),
        ("Cy Li", "dated"),
        ("Ana", "bye"),
    ]
    assert [line.message.sent_at for line in talk.lines] == [
        None,
        None,
        datetime(2026, 3, 2, 10, 44, tzinfo=UTC),
        datetime(2026, 3, 2, 10, 45, 10, tzinfo=UTC),
    ]
    assert talk.left_out == {"joins and leaves": 1}


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ("", "chat.json is empty"),
        ("Dear all,\nhello", "chat.json is no export that is understood. botcore reads Slack"),
        ("2026-13-02 10:42 Ana: hi", "chat.json, line 1: 2026-13-02 10:42 is no time"),
        ('{\n"messages": [\n}', "chat.json, line 3: this is not valid JSON"),
        ('{"messages": []}\n{"mess', "chat.json, line 2: this is not valid JSON"),
        ('{"messages": []}\n{"x": 1}', 'chat.json, line 2: expected an object with "messages"'),
        ('{"messages": [1]}', "chat.json, message 1: expected an object"),
        ('{"messages": [{"text": "hi"}]}', 'message 1: "ts" is missing'),
        ('{"messages": [{"ts": "today", "text": "hi"}]}', "“today”, which is no time"),
        ('{"messages": [{"ts": "nan", "text": "hi"}]}', "“nan”, which is no time"),
        ('{"messages": [{"ts": true, "text": "hi"}]}', '"ts" must be a text'),
        ('{"messages": [], "users": ["Ana"]}', '"users" must be an object'),
        ('{"messages": [], "name": 5}', '"name" must be a text'),
        ("[[", "this is not valid JSON"),
        ("[" * 100_000, "it nests too deep"),
    ],
)
def test_a_mistake_in_a_file_is_one_clear_line(tmp_path: Path, content: str, error: str) -> None:
    with pytest.raises(InputError) as raised:
        read(tmp_path, content)

    assert error in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("time", ["9:42 PM", "[9:42pm]", "09:42:05 PM"])
def test_half_days_are_no_names(tmp_path: Path, time: str) -> None:
    (talk,) = read(tmp_path, f"{time} Ana: hello")

    assert [(line.message.author, line.message.text) for line in talk.lines] == [("Ana", "hello")]


@pytest.mark.parametrize(
    ("time", "hour"), [("9:42:05", 9), ("9:42:05 PM", 21), ("12:42:05 am", 0), ("12:42:05 pm", 12)]
)
def test_an_hour_may_have_one_digit(tmp_path: Path, time: str, hour: int) -> None:
    (talk,) = read(tmp_path, f"2026-03-02 {time} Ana: hello")

    assert talk.lines[0].message.sent_at == datetime(2026, 3, 2, hour, 42, 5, tzinfo=UTC)


def test_what_somebody_does_is_not_said_by_another(tmp_path: Path) -> None:
    (talk,) = read(tmp_path, "10:42 <ana> the build is red\n10:43 * bob will fix it: today")

    assert [(line.message.author, line.message.text) for line in talk.lines] == [
        ("ana", "the build is red"),
        ("bob", "will fix it: today"),
    ]


def test_a_sentence_before_a_colon_is_no_name(tmp_path: Path) -> None:
    (talk,) = read(tmp_path, "10:42 Ana: hello\n10:43 " + "we agreed on this " * 10 + ": ship it")

    assert [line.message.author for line in talk.lines] == ["Ana"]


def test_a_message_of_a_million_lines_is_read(tmp_path: Path) -> None:
    """In an instant: what is read line by line must not be copied with each of them."""
    (talk,) = read(tmp_path, "10:42 Ana: hello" + "\nword" * 1_000_000)

    assert len(talk.lines[0].message.text) == 5 + 5 * 1_000_000


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "image").write_bytes(b"\x89PNG\xff")

    with pytest.raises(InputError, match="not text in UTF-8"):
        read_file(tmp_path / "image")
    with pytest.raises(InputError, match="can't be read: No such file"):
        read_file(tmp_path / "missing")
    with pytest.raises(InputError, match="is no export that is understood"):
        read_file(tmp_path)


@given(st.text(max_size=200) | st.recursive(st.none() | st.text() | st.integers(), st.lists).map(json.dumps))
def test_any_file_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, content: str) -> None:
    file = tmp_path_factory.getbasetemp() / "any"
    file.write_bytes(content.encode("utf-8", "replace"))

    try:
        assert read_file(file)
    except InputError as error:
        assert "any" in str(error)


def test_escape_sequences_never_reach_a_terminal(tmp_path: Path) -> None:
    (exported,) = read(
        tmp_path, '{"messages": [{"ts": "1", "user": "e\\u001b[2Jve", "text": "a\\u001b[31mb\\tc"}]}'
    )
    (plain,) = read(tmp_path, "10:42 eve: a\x1b[31mb\u202ec")

    assert (exported.lines[0].message.author, exported.lines[0].message.text) == ("e[2Jve", "a[31mb\tc")
    assert plain.lines[0].message.text == "a[31mbc"


def test_half_characters_are_replaced(tmp_path: Path) -> None:
    (talk,) = read(tmp_path, '{"messages": [{"ts": "1", "user": "\\ud83d", "text": "a\\ud83db"}]}')

    assert talk.lines[0].message.text == "a?b"
