"""`botcore model list | use | info | remove` with no bot: each says what is, and what to do."""

from __future__ import annotations

import fcntl
import json
import shutil
import tomllib
from dataclasses import asdict
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from botcore.errors import ConfigError, InputError, ModelError
from botcore_llama.commands import app
from botcore_llama.models_folder import downloads_folder, model_folder
from botcore_llama.pull import LOCK
from botcore_llama.speeds import Speed, read_speed, speed_file


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "data" / "botcore"


@pytest.fixture
def mine(tiny_model: Path, data_folder: Path) -> Path:
    """A model that is kept."""
    folder = model_folder(data_folder, "llama3.2:1b")
    shutil.copytree(tiny_model, folder)
    told = {"name": "llama3.2:1b", "license": "llama3.2", "source": "https://huggingface.co/a/b"}
    (folder / "botcore-model.json").write_text(json.dumps({**told, "revision": "0123456789abcdef"}))
    return folder


def ran(*arguments: str, answer: str = "") -> Result:
    return CliRunner().invoke(app, list(arguments), input=answer)


def test_nothing_pulled_is_the_bundled_model() -> None:
    shown = ran("list").output

    assert [line.split()[0] for line in shown.splitlines()] == ["name", "bundled"]
    assert "configured" in shown


def test_what_is_kept_is_listed(mine: Path) -> None:
    shown = ran("list").output

    assert "llama3.2:1b" in shown
    assert "65,536" in shown
    assert "0.1 million" in shown
    models = json.loads(ran("list", "--json").output)["models"]
    assert [model["name"] for model in models] == ["bundled", "llama3.2:1b"]
    assert models[1]["folder"] == str(mine)


def test_what_can_not_be_used_is_listed_with_the_reason(mine: Path) -> None:
    (mine / "model.bin").write_bytes(b"cut off")

    shown = ran("list").output

    assert "llama3.2-1b can't be used" in shown
    assert "model.bin is damaged or cut off" in shown


def test_what_has_begun_to_arrive_is_listed(data_folder: Path) -> None:
    arriving = downloads_folder(model_folder(data_folder, "llama3.1:8b"))
    arriving.mkdir(parents=True)
    (arriving / "model.safetensors.part").write_bytes(b"x" * 2_000_000)

    assert "Unfinished: 2.0 MB" in ran("list").output


def test_a_model_is_used_by_its_name(mine: Path, tmp_path: Path) -> None:
    (tmp_path / "botcore.toml").write_text("[engine]  # ours\nthreads = 2\n")

    shown = ran("use", "llama3.2:1b").output

    assert "botcore.toml names llama3.2:1b now" in shown
    written = (tmp_path / "botcore.toml").read_text()
    assert "# ours" in written
    assert tomllib.loads(written) == {"engine": {"threads": 2, "model": "llama3.2:1b"}}
    assert "llama3.2:1b" in ran("info").output
    assert ran("list").output.splitlines()[2].endswith("configured")


def test_a_folder_is_used_by_its_whole_path(tiny_model: Path, tmp_path: Path) -> None:
    (tmp_path / "here").symlink_to(tiny_model)

    ran("use", "./here")

    assert tomllib.loads((tmp_path / "botcore.toml").read_text())["engine"]["model"] == str(tmp_path / "here")
    assert "tiny" in ran("list").output


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("llama3.1:8b", r"`botcore model pull llama3.1:8b` brings it"),
        ("llama3.1", r"`botcore model pull llama3.1:8b` brings it"),
        ("someone/model", r"`botcore model pull someone/model` brings it"),
        ("nothing", r"There is no model “nothing” here: see `botcore model list`\.$"),
        ("../models", r"There is no model “../models” here|can't be a model's name"),
    ],
)
@pytest.mark.parametrize("command", ["use", "info", "remove"])
def test_what_is_not_here_is_told(name: str, complaint: str, command: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=complaint):
        raising(ran(command, name))

    assert not (tmp_path / "botcore.toml").exists()


def raising(result: Result) -> None:
    assert result.exception
    raise result.exception


def test_a_model_that_reads_less_than_configured_is_not_taken(mine: Path, tmp_path: Path) -> None:
    before = "[engine]\ncontext_tokens = 100000\n"
    (tmp_path / "botcore.toml").write_text(before)

    with pytest.raises(ConfigError, match="reads at most 65536"):
        raising(ran("use", "llama3.2:1b"))

    assert (tmp_path / "botcore.toml").read_text() == before


def test_a_model_that_this_machine_can_not_run_is_not_taken(
    mine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("botcore_llama.loadable.memory_of_machine", lambda: 10_000)

    with pytest.raises(ModelError, match="this machine has"):
        raising(ran("use", "llama3.2:1b"))

    assert not (tmp_path / "botcore.toml").exists()


def test_a_variable_that_overrules_is_told(mine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOTCORE_ENGINE__MODEL", "bundled")

    with pytest.raises(ConfigError, match="BOTCORE_ENGINE__MODEL names the model and overrules"):
        raising(ran("use", "llama3.2:1b"))


def test_info_says_all_that_is_known(mine: Path, data_folder: Path) -> None:
    speed = Speed("default, 2 threads, 2 slots", 3, 300, 1.0, 100, 10.0, "2026-11-21")
    speed_file(data_folder).write_text(json.dumps({str(mine): asdict(speed)}))

    shown = " ".join(ran("info", "llama3.2:1b").output.split())

    for said in (
        "family Llama 3",
        "as int8",
        "2 of 64 wide, 4 heads of 16 (2 for keys and values)",
        "65,536 tokens, of which 8,192 are used as configured",
        "1,024 bytes for each token",  # 2 x 4 bytes x 2 layers x 4 heads x 16
        "licence llama3.2",
        "https://huggingface.co/a/b, commit 0123456789ab",
        "writes 10.0 tokens a second, reads 300 (3 answers, the latest on 2026-11-21",
        "no, as no bot runs",
    ):
        assert said in shown
    told = json.loads(ran("info", "llama3.2:1b", "--json").output)
    assert told["bytes_per_token"] == 1024
    assert told["memory_at_full_context"] == told["bytes"] + 2 * 65_536 * 1024


def test_info_warns_of_more_memory_than_there_is(mine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("botcore_llama.info_command.memory_of_machine", lambda: 10_000_000)

    lines = ran("info", "llama3.2:1b").output.splitlines()

    assert sum("more than this machine has" in line for line in lines) == 2


def test_a_model_is_removed_after_a_question(mine: Path, data_folder: Path) -> None:
    speed_file(data_folder).write_text(json.dumps({str(mine): asdict(Speed(answers=1))}))
    assert read_speed(speed_file(data_folder), mine)
    assert ran("remove", "llama3.2:1b", answer="n\n").exit_code == 1
    assert mine.is_dir()

    shown = ran("remove", "llama3.2:1b", answer="y\n").output

    assert "llama3.2:1b is removed" in shown
    assert list(mine.parent.glob("*llama*")) == []
    assert list(mine.parent.glob(".*")) == []
    assert read_speed(speed_file(data_folder), mine) is None


def test_what_has_arrived_is_removed_too(data_folder: Path) -> None:
    arriving = downloads_folder(model_folder(data_folder, "llama3.1:8b"))
    arriving.mkdir(parents=True)
    (arriving / "model.safetensors.part").write_bytes(b"x")

    assert ran("remove", "llama3.1", "--yes").exit_code == 0

    assert not arriving.exists()


def test_a_download_under_way_is_not_removed(data_folder: Path) -> None:
    arriving = downloads_folder(model_folder(data_folder, "llama3.1:8b"))
    arriving.mkdir(parents=True)
    with (arriving / LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)

        with pytest.raises(InputError, match="just now"):
            raising(ran("remove", "llama3.1:8b", "--yes"))

    assert arriving.is_dir()


def test_the_model_in_use_stays(mine: Path) -> None:
    ran("use", "llama3.2:1b")

    with pytest.raises(InputError, match=r"llama3.2:1b is in use: the configuration names it"):
        raising(ran("remove", "llama3.2:1b", "--yes"))
    with pytest.raises(InputError, match="belongs to botcore and stays"):
        raising(ran("remove", "bundled", "--yes"))

    assert mine.is_dir()


def test_a_link_to_a_model_is_removed_and_the_model_stays(tiny_model: Path, data_folder: Path) -> None:
    link = model_folder(data_folder, "linked")
    link.parent.mkdir(parents=True)
    link.symlink_to(tiny_model)

    assert ran("remove", "linked", "--yes").exit_code == 0

    assert not link.is_symlink()
    assert (tiny_model / "model.bin").is_file()
