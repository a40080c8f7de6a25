"""`botcore model pull` shows how far it is, and asks the hub that is named with the token that is given."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console
from rich.progress import Progress
from typer.testing import CliRunner, Result

from botcore.errors import DownloadError, InputError
from botcore_llama.commands import app
from botcore_llama.pull_command import Bars, Lines
from tests.engine.tiny_llama import Shape, random_weights, save_checkpoint
from tests.fakes.hub import FakeHub, FakeRepository, Refuse

NAME = "meta-llama/Llama-3.2-1B-Instruct"
TOKEN = "hf_only-the-hub-may-see-it"


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    folder = save_checkpoint(tmp_path / "checkpoint", Shape(), random_weights(Shape()))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("HF_TOKEN_PATH", str(tmp_path / "nobody-logged-in"))
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.chdir(tmp_path)
    with FakeHub() as fake:
        monkeypatch.setenv("HF_ENDPOINT", fake.endpoint)
        fake.add(FakeRepository.of_folder(NAME, folder, gated=True, readers={TOKEN}))
        yield fake


def pulled(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["pull", *arguments])


def test_a_pull_says_what_it_does(hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", TOKEN)

    result = pulled("llama3.2:1b")

    assert result.exit_code == 0
    assert f"llama3.2:1b is {NAME}: 0.2 MB of weights, licence llama3.2." in result.output
    assert f"Downloading {NAME}: 100%" in result.output
    assert "Converting" in result.output
    assert "To use it: botcore model use llama3.2:1b" in result.output
    assert TOKEN not in result.output
    again = pulled("llama3.2:1b")
    assert "llama3.2:1b is there already" in again.output
    assert "(0" not in again.output


def test_without_a_token_the_way_to_one_is_told(hub: FakeHub) -> None:
    error = pulled("llama3.2:1b").exception

    assert isinstance(error, DownloadError)
    assert [line.strip()[:2] for line in str(error).splitlines()[1:]] == ["1.", "2.", "3."]
    assert f"Log in at {hub.endpoint}/{NAME}" in str(error)
    assert "BOTCORE_ENGINE__HUB_TOKEN_FILE" in str(error)


def test_a_token_and_a_hub_for_botcore_alone_go_first(
    hub: FakeHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    (tmp_path / "botcore.toml").write_text(f'[engine]\nhub_endpoint = "{hub.endpoint}"\n')
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setenv("HF_TOKEN", "another")
    monkeypatch.setenv("BOTCORE_ENGINE__HUB_TOKEN_FILE", str(tmp_path / "token"))

    assert pulled("llama3.2:1b").exit_code == 0


def test_what_hf_login_left_is_used(hub: FakeHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The library reads its variable once, when it is imported.
    left = tmp_path / "left"
    left.write_text(TOKEN)
    monkeypatch.setattr("huggingface_hub.constants.HF_TOKEN_PATH", str(left))

    assert pulled("llama3.2:1b").exit_code == 0


@pytest.mark.parametrize(
    ("variable", "value", "complaint"),
    [
        ("HF_TOKEN", "hf_ümlaut", "characters that no token has"),
        ("BOTCORE_ENGINE__HUB_TOKEN", "hf_X\r\nY", "characters that no token has"),
        ("HF_TOKEN", "hf_X Y", "characters that no token has"),
        ("HF_ENDPOINT", "hub", "can't be reached"),
    ],
)
def test_a_variable_that_makes_no_sense_is_told(
    hub: FakeHub, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, complaint: str
) -> None:
    monkeypatch.setenv(variable, value)

    result = pulled("llama3.2:1b")

    with pytest.raises(DownloadError, match=complaint):
        raising(result)
    assert "hf_" not in f"{result.output}{result.exception}"


def test_a_password_in_the_hubs_address_is_shown_nowhere(
    hub: FakeHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.repositories[NAME].gated = False
    hub.troubles += [Refuse(503), Refuse(429, {"Retry-After": "x"})]  # each try is told
    monkeypatch.setattr("botcore_llama.hub.FIRST_PAUSE", 0.0)
    monkeypatch.setenv("HF_ENDPOINT", hub.endpoint.replace("://", "://somebody:secret@secret@"))

    refused, done = pulled(f"{NAME}@v9"), pulled("llama3.2:1b")

    assert "secret" not in f"{refused.output}{refused.exception}{done.output}"
    assert "The hub answers 503; it goes on" in done.output
    assert f"{hub.endpoint}/{NAME} has no branch" in str(refused.exception)
    metadata = tmp_path / "data/botcore/models/llama3.2-1b/botcore-model.json"
    assert json.loads(metadata.read_text())["source"] == f"{hub.endpoint}/{NAME}"


def test_a_name_that_nobody_knows_asks_nobody(hub: FakeHub) -> None:
    with pytest.raises(InputError, match="There is no model"):
        raising(pulled("llama4:maverick"))

    assert hub.asked == []


def raising(result: Result) -> None:
    assert result.exception
    raise result.exception


def test_bars_show_work_after_work() -> None:
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=100)
    with Progress(console=console, auto_refresh=False) as progress:
        bars = Bars(progress)
        bars.begin("Downloading", 100)
        bars.advance(40)
        bars.say("The download was [cut]; it goes on.")
        bars.advance(60)
        assert [task.percentage for task in progress.tasks] == [100]
        bars.begin("Converting", 10)
        bars.advance(5)
        assert [(task.description, task.percentage) for task in progress.tasks] == [("Converting", 50)]

    assert "The download was [cut]; it goes on." in screen.getvalue()


def test_lines_tell_tenths(capsys: pytest.CaptureFixture[str]) -> None:
    lines = Lines()
    lines.begin("Downloading", 1_000_000)
    for _ in range(20):
        lines.advance(50_000)
    lines.begin("Looking", 10)
    lines.advance(10)

    told = capsys.readouterr().err.splitlines()
    assert told[0] == "Downloading (1.0 MB)"
    assert told[1:] == [*(f"Downloading: {tenth}0%" for tenth in range(1, 11)), "Looking"]
