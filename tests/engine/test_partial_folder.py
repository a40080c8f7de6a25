"""A folder appears whole or not at all, however its making ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from botcore.errors import InputError
from botcore_llama.partial_folder import new_folder, remove_left_folders, tidy_on_signals

# Makes a folder, says so, and never gets done.
MAKE = """
import sys, time
from pathlib import Path
from botcore_llama.partial_folder import new_folder, tidy_on_signals
with tidy_on_signals(), new_folder(Path(sys.argv[1])) as folder:
    (folder / "model.bin").write_text("half")
    print("begun", flush=True)
    time.sleep(60)
"""


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def begin(output: Path) -> subprocess.Popen[bytes]:
    maker = subprocess.Popen([sys.executable, "-c", MAKE, output], stdout=subprocess.PIPE)
    assert maker.stdout is not None
    assert maker.stdout.readline() == b"begun\n"
    maker.stdout.close()
    return maker


def test_it_appears_at_the_end(tmp_path: Path) -> None:
    with new_folder(tmp_path / "deeper" / "out") as folder:
        (folder / "model.bin").write_text("whole")
        assert folder.name.startswith(".out.")
        assert not (tmp_path / "deeper" / "out").exists()

    assert names(tmp_path / "deeper") == ["out"]
    assert (tmp_path / "deeper" / "out" / "model.bin").read_text() == "whole"


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_nothing_stays_when_it_fails(tmp_path: Path, error: type[BaseException]) -> None:
    with pytest.raises(error), new_folder(tmp_path / "out") as folder:
        (folder / "model.bin").write_text("half")
        raise error

    assert names(tmp_path) == []


@pytest.mark.parametrize("early", [True, False])
def test_what_exists_is_left_alone(tmp_path: Path, early: bool) -> None:
    output = tmp_path / "out"
    if early:
        output.mkdir()

    with pytest.raises(InputError, match="exists already"), new_folder(output):
        output.mkdir()

    assert names(tmp_path) == ["out"]


def test_a_link_that_leads_nowhere_is_something_that_exists(tmp_path: Path) -> None:
    (tmp_path / "out").symlink_to("nowhere")

    with pytest.raises(InputError, match="exists already"), new_folder(tmp_path / "out"):
        pass


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_nothing(tmp_path: Path, number: signal.Signals) -> None:
    maker = begin(tmp_path / "out")

    maker.send_signal(number)

    assert maker.wait(30) != 0
    assert names(tmp_path) == []


def test_the_next_one_removes_what_a_kill_left(tmp_path: Path) -> None:
    killed = begin(tmp_path / "killed")
    killed.kill()
    killed.wait(30)
    assert len(names(tmp_path)) == 1

    with new_folder(tmp_path / "next"):
        pass

    assert names(tmp_path) == ["next"]


def test_what_is_still_being_made_is_not_removed(tmp_path: Path) -> None:
    other = begin(tmp_path / "other")
    try:
        assert remove_left_folders(tmp_path) == []
        assert len(names(tmp_path)) == 1
    finally:
        other.kill()
        other.wait(30)


def test_only_folders_of_ours_are_removed(tmp_path: Path) -> None:
    others = [".git", ".out.partial-", "out.partial-0123abcd", ".pull-model"]
    for name in others:
        (tmp_path / name).mkdir()
    (tmp_path / ".file.partial-0123abcd").write_text("a file")
    (tmp_path / ".link.partial-0123abcd").symlink_to(tmp_path / ".git")
    left = tmp_path / ".out.partial-0123abcd"
    left.mkdir()

    assert remove_left_folders(tmp_path) == [left]
    assert len(names(tmp_path)) == len(others) + 2


def test_signals_are_as_before_afterwards() -> None:
    before = signal.getsignal(signal.SIGTERM)

    with pytest.raises(SystemExit) as ended, tidy_on_signals():
        os.kill(os.getpid(), signal.SIGTERM)

    assert ended.value.code == 143
    assert signal.getsignal(signal.SIGTERM) is before
