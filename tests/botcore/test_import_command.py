"""`botcore import` as a shell starts it."""

from __future__ import annotations

import json
import os
import pty
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.botcore.exports.made import (
    slack_files,
    slack_message,
    telegram_chat,
    telegram_message,
    write_json,
    write_zip,
)
from tests.botcore.owner.installation import Installation, eventually

COMMAND = Path(sys.executable).with_name("botcore")


def start(folder: Path, *arguments: str | Path, stderr: int = subprocess.PIPE) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [COMMAND, "import", *arguments],
        cwd=folder,
        env={**os.environ, "XDG_DATA_HOME": str(folder / "data")},
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
    )


def run(folder: Path, *arguments: str | Path) -> tuple[int, str, str]:
    with start(folder, *arguments) as process:
        out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def rows(database: Path) -> int:
    """Count the rows of the ledger; none while there is no such table yet."""
    if not database.exists():
        return 0
    with closing(sqlite3.connect(database)) as connection:
        try:
            return int(connection.execute("SELECT count(*) FROM message").fetchone()[0])
        except sqlite3.OperationalError:
            return 0


def test_the_account_is_one_line_and_each_problem_another(tmp_path: Path) -> None:
    messages = [slack_message("hello"), slack_message("joined", "2.0", subtype="channel_join"), 5]
    path = write_zip(tmp_path / "export.zip", slack_files(*messages))

    assert run(tmp_path, path) == (
        0,
        "1 chat of slack (T0TEAM): 1 message added, 0 known already, 1 left out (1 joins and leaves), "
        "1 malformed.\n"
        f"  {path}, general/2026-03-02.json, message 3: expected an object with user, ts and text\n",
        "",
    )


def test_the_account_can_be_had_as_json(tmp_path: Path) -> None:
    path = write_json(tmp_path / "result.json", telegram_chat(telegram_message("old", date_unixtime=None)))

    code, out, _ = run(tmp_path, path, "--json", "--tenant", "my-bot")

    assert code == 0
    assert json.loads(out) == {
        "platform": "telegram",
        "tenant": "my-bot",
        "chats": 1,
        "added": 1,
        "known": 0,
        "left_out": {},
        "malformed": 0,
        "problems": [],
        "assumed_utc": True,
    }


@pytest.mark.parametrize(
    "content", [b"", b"\x89PNG", b"Dear all,", b'{"messages": [', b'{"x": 1}', b"PK\3\4"]
)
def test_a_file_that_can_not_be_read_at_all_has_an_exit_code_of_its_own(
    tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "file").write_bytes(content)

    code, out, err = run(tmp_path, "file")

    assert (code, out) == (65, "")
    assert err.startswith("botcore: file")
    assert err.count("\n") == 1


def test_what_kill_9_interrupted_is_completed_without_doubles(tmp_path: Path) -> None:
    messages = (telegram_message(f"message {n}", n, date_unixtime=str(1772448000 + n)) for n in range(12_000))
    path = write_json(tmp_path / "result.json", telegram_chat(*messages, type="private_group"))
    database = tmp_path / "data" / "botcore" / "botcore.db"
    with start(tmp_path, path) as process:
        while rows(database) < 1000 and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    half = rows(database)

    code, out, _ = run(tmp_path, path, "--json")

    report = json.loads(out)
    assert 1000 <= half < 12_000
    assert half % 1000 == 0
    assert (code, report["known"], report["added"]) == (0, half, 12_000 - half)
    assert rows(database) == 12_000


def test_a_terminal_sees_how_far_it_is(tmp_path: Path) -> None:
    messages = (slack_message(f"message {n}", f"{1772448000 + n}.0") for n in range(3000))
    path = write_zip(tmp_path / "export.zip", slack_files(*messages))
    ours, theirs = pty.openpty()
    with start(tmp_path, path, stderr=theirs) as process:
        os.close(theirs)
        shown = read_all(ours)

    assert process.returncode == 0
    assert "Importing" in shown
    assert "MB" in shown or "kB" in shown


def test_while_the_bot_is_up_it_takes_the_messages_and_goes_on_answering(tmp_path: Path) -> None:
    botcore = Installation(tmp_path)
    botcore.configure("one")
    messages = (slack_message(f"message {n}", f"{1772448000 + n}.0") for n in range(2000))
    path = write_zip(tmp_path / "export.zip", slack_files(*messages))

    with botcore.up():
        imported = botcore.start("import", str(path), "--json")
        botcore.post("one", "m1", "hello")
        eventually(lambda: botcore.finals("one") == ["You asked: hello"])
        first, _ = imported.communicate(timeout=60)
        again = botcore.run("import", str(path), "--json")

    assert (json.loads(first)["added"], json.loads(first)["known"]) == (2000, 0)
    assert (json.loads(again.stdout)["added"], json.loads(again.stdout)["known"]) == (0, 2000)


@pytest.mark.slow
def test_when_the_bot_leaves_meanwhile_the_next_import_completes_it(tmp_path: Path) -> None:
    botcore = Installation(tmp_path)
    botcore.configure("one")
    messages = (slack_message(f"message {n}", f"{1772448000 + n}.0") for n in range(12_000))
    path = write_zip(tmp_path / "export.zip", slack_files(*messages))
    with botcore.up() as bot:
        imported = botcore.start("import", str(path), "--json")
        eventually(lambda: rows(botcore.data_folder / "botcore.db") >= 1000)
        bot.kill()
        out, err = imported.communicate(timeout=60)

    assert (imported.returncode, out) == (75, "")
    assert "it goes on where it stopped" in err
    report = json.loads(botcore.run("import", str(path), "--json").stdout)
    assert report["known"] >= 1000
    assert report["known"] + report["added"] == 12_000


def read_all(terminal: int) -> str:
    """Return what was written to a terminal until its last writer was gone."""
    shown = b""
    try:
        while block := os.read(terminal, 4096):
            shown += block
    except OSError:  # how Linux says that nobody writes any more
        pass
    os.close(terminal)
    return shown.decode(errors="replace")
