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


def rows(folder: Path) -> int:
    """Count the rows of the ledger; none while there is no such table yet."""
    database = folder / "data" / "botcore" / "botcore.db"
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
    messages = (telegram_message(f"message {n}", n, date_unixtime=str(1772448000 + n)) for n in range(30_000))
    path = write_json(tmp_path / "result.json", telegram_chat(*messages, type="private_group"))
    with start(tmp_path, path) as process:
        while rows(tmp_path) < 2000 and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    half = rows(tmp_path)

    code, out, _ = run(tmp_path, path, "--json")

    report = json.loads(out)
    assert 2000 <= half < 30_000
    assert half % 1000 == 0
    assert (code, report["known"], report["added"]) == (0, half, 30_000 - half)
    assert rows(tmp_path) == 30_000


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
