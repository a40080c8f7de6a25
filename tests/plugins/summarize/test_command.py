from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from botcore import InputError
from botcore.testing.fake_engine import FakeEngine
from botcore_summarize import file_command
from botcore_summarize.commands import app
from tests.botcore.exports.made import (
    slack_files,
    slack_message,
    telegram_chat,
    telegram_message,
    write_json,
    write_zip,
)
from tests.plugins.summarize.writers import honest

CHAT = """\
2026-03-02 10:42 Ana: the parser is broken
2026-03-02 10:43 Bo: I'll fix the parser by Friday
2026-03-02 10:44 Ana: thanks
"""


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeEngine:
    monkeypatch.chdir(tmp_path)
    engine = FakeEngine(honest)
    monkeypatch.setattr(file_command, "open_engine", lambda settings: engine)
    return engine


@pytest.fixture
def chat(tmp_path: Path) -> Path:
    file = tmp_path / "chat.txt"
    file.write_text(CHAT, encoding="utf-8")
    return file


@pytest.fixture
def threads(tmp_path: Path) -> Path:
    file = tmp_path / "threads.jsonl"
    lines = [
        {
            "name": name,
            "users": {"U1": "Ana"},
            "messages": [{"user": "U1", "ts": "1.5", "text": f"about {name}"}],
        }
        for name in ("lexers", "parsers")
    ]
    file.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    return file


def run(*arguments: str | Path) -> str:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_a_file_is_summarized_as_markdown(engine: FakeEngine, chat: Path) -> None:
    text = run(chat)

    assert text.startswith("**TL;DR**\n\n- Ana says: the parser is broken [1]")
    assert "Read 3 of 3 messages by 2 people, 2 March 2026 10:42 to 10:44 UTC." in text


def test_only_the_last_messages_are_read(engine: FakeEngine, chat: Path) -> None:
    assert "Read the last 2 of 3 messages" in run(chat, "--last", "2")
    assert "broken" not in engine.requests[0].prompt


def test_every_thread_is_summarized_under_its_name(engine: FakeEngine, threads: Path) -> None:
    text = run(threads)

    assert text.index("## lexers") < text.index("about lexers") < text.index("## parsers")


def test_one_thread_is_summarized_alone(engine: FakeEngine, threads: Path) -> None:
    text = run(threads, "--thread", "parsers")

    assert "about parsers" in text
    assert "lexers" not in text
    assert "##" not in text


def test_json_is_one_line_a_thread(engine: FakeEngine, threads: Path) -> None:
    results = [json.loads(line) for line in run(threads, "--json").splitlines()]

    assert [result["thread"] for result in results] == ["lexers", "parsers"]
    assert results[0]["sections"]["tldr"][0]["citations"] == ["1.5"]


def test_a_file_without_messages_is_refused(engine: FakeEngine, tmp_path: Path) -> None:
    empty = tmp_path / "empty.json"
    empty.write_text('{"messages": []}', encoding="utf-8")

    with pytest.raises(InputError, match="has no messages to summarize"):
        run(empty)


def test_a_malformed_export_is_one_clear_line_and_an_exit_code(tmp_path: Path) -> None:
    file = tmp_path / "export.json"
    file.write_text('{"messages": [\n  {"ts": "1.5", "text": "hi",}\n]}', encoding="utf-8")

    result = subprocess.run(
        [sys.executable, "-c", "from botcore.cli import main; main()", "summarize", str(file)],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "XDG_DATA_HOME": str(tmp_path)},
    )

    assert result.returncode == InputError.exit_code
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"botcore: {file}, line 2: this is not valid JSON")


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys, botcore_summarize.commands; "
        "print(sorted({'rich.progress', 'pydantic', 'botcore_summarize.chat_command'} & set(sys.modules)))"
    )

    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert result.stdout.strip() == "[]"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """Return Slack's export of two channels, one with a thread."""
    general = [
        slack_message("the parser is broken", "1772448120.0", thread_ts="1772448120.0"),
        slack_message("joined", "1772448121.0", subtype="channel_join"),
        slack_message("lunch?", "1772448122.0"),
        slack_message("I'll fix the parser", "1772448123.0", user="U02BO", thread_ts="1772448120.0"),
        5,
    ]
    files = slack_files(*general) | {"random/2026-03-02.json": [slack_message("a cat", "1772448130.0")]}
    return write_zip(tmp_path / "export.zip", files)


def test_a_chat_of_slacks_export_is_summarized_with_its_ids(engine: FakeEngine, workspace: Path) -> None:
    (line,) = run(workspace, "--chat", "general", "--json").splitlines()

    summary = json.loads(line)
    assert summary["thread"] == "general"
    assert summary["sections"]["tldr"][0]["citations"] == ["1772448120.0"]
    assert summary["coverage"]["left_out"] == {"joins and leaves": 1, "malformed": 1}
    assert "lunch?" in engine.requests[0].prompt


def test_a_thread_of_a_chat_is_summarized_alone(engine: FakeEngine, workspace: Path) -> None:
    text = run(workspace, "--chat", "general", "--thread", "1772448120.0")

    assert "Read 2 of 2 messages by 2 people" in text
    assert "lunch" not in engine.requests[0].prompt


def test_where_there_are_several_chats_one_has_to_be_chosen(engine: FakeEngine, workspace: Path) -> None:
    with pytest.raises(
        InputError, match=r"several chats\. Choose one with --chat: general \(1 day\), random \(1 day\)\."
    ):
        run(workspace)


def test_a_topic_of_telegrams_export_is_summarized_by_its_title(engine: FakeEngine, tmp_path: Path) -> None:
    messages = [
        telegram_message("", 2, type="service", action="topic_created", title="Release"),
        telegram_message("we ship on Friday", 3, reply_to_message_id=2),
        telegram_message("lunch?", 4),
    ]
    path = write_json(tmp_path / "result.json", telegram_chat(*messages))

    assert "Ana says: we ship on Friday" in run(path, "--thread", "Release")
    with pytest.raises(InputError, match=r"has no thread “Sales”\. It has Release"):
        run(path, "--thread", "Sales")


def test_a_file_with_a_gap_is_refused(engine: FakeEngine, tmp_path: Path) -> None:
    path = write_json(tmp_path / "result.json", telegram_chat(*map(telegram_message, "abc")))
    path.write_text(path.read_text()[:-100])

    with pytest.raises(InputError, match="this is not valid JSON, it breaks off here"):
        run(path)


def test_of_a_long_chat_only_the_last_messages_are_held_and_numbered_from_its_beginning(
    engine: FakeEngine, tmp_path: Path
) -> None:
    messages = [telegram_message(f"about topic {n}", n) for n in range(1, 1001)]
    path = write_json(tmp_path / "result.json", telegram_chat(*messages))

    summary = json.loads(run(path, "--last", "3", "--json"))

    assert (summary["coverage"]["messages"], summary["coverage"]["earlier_messages"]) == (3, 997)
    assert summary["messages"]["998"]["number"] == 998
