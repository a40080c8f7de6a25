"""A key is changed, and nothing else of what people wrote."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from botcore.config_change import set_key
from botcore.errors import ConfigError

WRITTEN = """\
# our bot
[bot]
answerer = 'chat'   # the usual one

[engine]  # the model
# model = "/models/older"
model = "/models/old"  # since May
threads = 2

[adapters.slack]
"""


def test_only_the_value_changes(tmp_path: Path) -> None:
    file = tmp_path / "botcore.toml"
    file.write_text(WRITTEN)

    set_key(file, "engine", "model", "llama3.2:1b")

    assert file.read_text() == WRITTEN.replace('model = "/models/old"', 'model = "llama3.2:1b"')
    assert [path.name for path in tmp_path.iterdir()] == ["botcore.toml"]


@pytest.mark.parametrize(
    "written",
    [
        "",
        "# nothing yet\n",
        "[bot]\n",
        "[engine]\n# model = 'x'\n",
        "[adapters.slack]\ntoken_file = 'x'\n",
        "engine.threads = 2\n",
        "engine = { threads = 2 }\n",
        "[engine]\nthreads = 2",
        "[engine]\nthreads = 2\n[bot]\n[engine.hidden]\n",  # a table's parts need not stand together
        "[engine.hidden]\n[bot]\n[engine]\nthreads = 2\n",
        "[engine]\n[engine.hidden]\n",
        "[[engine.models]]\nname = 'x'\n",
    ],
)
def test_what_is_missing_is_added(tmp_path: Path, written: str) -> None:
    file = tmp_path / "botcore.toml"
    file.write_text(written)

    set_key(file, "engine", "model", 'with "quotes" and \\')

    now = tomllib.loads(file.read_text())
    before = tomllib.loads(written)
    assert now == {**before, "engine": {**before.get("engine", {}), "model": 'with "quotes" and \\'}}


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_new_key_stands_below_the_others_of_its_table(tmp_path: Path, end: str) -> None:
    """Not below a comment that tells of the next table; and lines end as they did."""
    file = tmp_path / "botcore.toml"
    lines = ["[engine]", "threads = 2  # both", "", "# for the team", "[adapters.slack]", ""]
    file.write_bytes(end.join(lines).encode())

    set_key(file, "engine", "model", "bundled")

    assert file.read_bytes().decode() == end.join([*lines[:2], 'model = "bundled"', *lines[2:]])


def test_a_file_is_made_for_this_user_alone(tmp_path: Path) -> None:
    file = tmp_path / "botcore.toml"

    set_key(file, "engine", "model", "bundled")

    assert file.read_text() == '[engine]\nmodel = "bundled"\n'
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_link_and_the_rights_stay(tmp_path: Path) -> None:
    real, link = tmp_path / "real.toml", tmp_path / "botcore.toml"
    real.write_text("[engine]\n")
    real.chmod(0o640)
    link.symlink_to(real)

    set_key(link, "engine", "model", "bundled")

    assert link.is_symlink()
    assert real.stat().st_mode & 0o777 == 0o640
    assert "bundled" in real.read_text()


@pytest.mark.parametrize("written", ["[engine", "engine = 3\n"])
def test_what_can_not_be_changed_stays(tmp_path: Path, written: str) -> None:
    file = tmp_path / "botcore.toml"
    file.write_text(written)

    with pytest.raises(ConfigError):
        set_key(file, "engine", "model", "bundled")

    assert file.read_text() == written
