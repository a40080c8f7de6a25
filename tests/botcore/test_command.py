"""The `botcore` command as a shell starts it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = Path(sys.executable).with_name("botcore")


def run(
    *arguments: str, folder: Path, stdin: str = "", **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [COMMAND, *arguments],
        cwd=folder,
        input=stdin,
        env={**os.environ, "XDG_DATA_HOME": str(folder / "data"), **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_help_names_every_command(tmp_path: Path) -> None:
    done = run("--help", folder=tmp_path)

    assert done.returncode == 0
    commands = ("chat", "ask", "import", "summarize", "model", "run", "status", "outbox", "dead")
    for command in commands:
        assert command in done.stdout


@pytest.mark.parametrize("library", ["sqlalchemy", "alembic", "prompt_toolkit", "aiohttp", "numpy"])
def test_help_loads_no_library_it_does_not_need(tmp_path: Path, library: str) -> None:
    program = (
        "import sys; from botcore.cli.main import build_app; import botcore_terminal; build_app(); "
        f"print([name for name in sys.modules if name.partition('.')[0] == {library!r}])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"


def test_a_wrong_key_is_one_line_with_file_and_key(tmp_path: Path) -> None:
    (tmp_path / "botcore.toml").write_text("[engine]\nthreds = 4\n")

    done = run("ask", "hello", folder=tmp_path)

    assert (done.stdout, done.returncode) == ("", 78)
    assert done.stderr.startswith("botcore: ")
    assert "threds" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_model_directory_that_is_none_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "model.bin").write_bytes(b"not a model")

    done = run("ask", "hello", folder=tmp_path, BOTCORE_ENGINE__MODEL=str(tmp_path / "model"))

    assert (done.stdout, done.returncode) == ("", 69)
    assert str(tmp_path / "model") in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_malformed_export_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "export.json").write_text('{"messages": [')

    done = run("summarize", "export.json", folder=tmp_path)

    assert (done.stdout, done.returncode) == ("", 65)
    assert "export.json" in done.stderr
    assert done.stderr.count("\n") == 1


def test_debug_shows_where_an_error_comes_from(tmp_path: Path) -> None:
    done = run("--debug", "summarize", "missing.json", folder=tmp_path)

    assert "Traceback" in done.stderr
    assert done.returncode != 0


def test_the_version_is_shown(tmp_path: Path) -> None:
    assert run("--version", folder=tmp_path).stdout.startswith("botcore 0.")
