"""`botcore model convert` says what it does, and where the model goes."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from botcore.errors import InputError, ModelError
from botcore_llama import convert_command
from botcore_llama.commands import app
from botcore_llama.convert import plan
from botcore_llama.convert_command import described
from botcore_llama.model_files import read_model_files
from botcore_llama.settings import LlamaSettings
from tests.engine.real_shapes import SHAPES, write_checkpoint
from tests.engine.tiny_llama import Shape, random_weights, save_checkpoint

GIGABYTE = 10**9


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return save_checkpoint(tmp_path / "Llama-Tiny", Shape(), random_weights(Shape()))


@pytest.fixture
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    (tmp_path / "botcore.toml").write_text(f'[bot]\ndata_folder = "{tmp_path / "data"}"\n')
    return tmp_path / "data"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["convert", *map(str, arguments)])


def test_without_an_output_it_goes_beside_the_other_models(source: Path, data_folder: Path) -> None:
    result = run(source)

    assert result.exit_code == 0
    folder = data_folder / "models" / "Llama-Tiny"
    assert "botcore model use Llama-Tiny\n" in result.output
    assert read_model_files(folder).weights_type == "int8"


def test_elsewhere_it_is_called_by_its_path(source: Path, data_folder: Path, tmp_path: Path) -> None:
    output = tmp_path / "a folder"

    assert f"botcore model use '{output}'\n" in run(source, "--output", output).output


def test_a_folder_of_any_name_can_be_read(source: Path, data_folder: Path, tmp_path: Path) -> None:
    odd = source.rename(tmp_path / "my weights (new)")

    assert run(odd, "--output", tmp_path / "out").exit_code == 0
    error = run(odd).exception
    assert isinstance(error, InputError)
    assert "can't be a model's name" in str(error) and "--output" in str(error)


def test_another_engines_settings_are_no_obstacle(source: Path, data_folder: Path, tmp_path: Path) -> None:
    with (tmp_path / "botcore.toml").open("a") as file:
        file.write('[engine]\nuse = "remote"\nurl = "http://localhost"\n')

    assert run(source).exit_code == 0


def test_another_quantization_has_another_name(source: Path, data_folder: Path) -> None:
    assert run(source, "--quantization", "float32").exit_code == 0

    assert read_model_files(data_folder / "models" / "Llama-Tiny-float32").weights_type == "float32"


def test_a_dry_run_writes_nothing(source: Path, data_folder: Path) -> None:
    result = run(source, "--dry-run")

    assert result.exit_code == 0
    assert "0.1 million parameters, as int8" in result.output
    assert f"It would be written to {data_folder / 'models' / 'Llama-Tiny'}. Nothing was." in result.output
    assert not (data_folder / "models").exists()


def test_a_dry_run_refuses_what_exists(source: Path, data_folder: Path) -> None:
    run(source)

    assert isinstance(run(source, "--dry-run").exception, InputError)


def test_a_dry_run_refuses_a_tokenizer_that_does_not_fit(tmp_path: Path, data_folder: Path) -> None:
    smaller = Shape(vocabulary=500)

    result = run(save_checkpoint(tmp_path / "smaller", smaller, random_weights(smaller)), "--dry-run")

    assert isinstance(result.exception, ModelError)
    assert "does not fit" in str(result.exception)


@pytest.mark.parametrize("forced", [True, False])
def test_what_this_machine_can_not_run_needs_a_word(
    source: Path, data_folder: Path, monkeypatch: pytest.MonkeyPatch, forced: bool
) -> None:
    monkeypatch.setattr("botcore_llama.ctranslate2_runner.compute_types", lambda: frozenset({"int8"}))

    result = run(source, "--quantization", "float16", *(["--for-another-machine"] if forced else []))

    assert (result.exit_code == 0) is forced
    assert (data_folder / "models" / "Llama-Tiny-float16").exists() is forced


@pytest.fixture(scope="module")
def eight(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory in the shape of an 8B, whose numbers are holes."""
    return write_checkpoint(tmp_path_factory.mktemp("holes") / "8b", SHAPES["8b"], sparse=True)


def test_what_running_it_takes_is_told(eight: Path) -> None:
    first, second, *more = described(plan(eight), LlamaSettings(slots=1), 24 * GIGABYTE)

    assert first == "8,030.3 million parameters, as int8 8.0 GB."
    assert second == (
        "To run it takes that in memory, and up to 8.6 GB for each answer at 8,192 tokens of context. "
        "This machine has 24.0 GB."
    )
    assert more == []


def test_a_context_that_fits_is_proposed(eight: Path) -> None:
    (*_, last) = described(plan(eight), LlamaSettings(slots=2), 24 * GIGABYTE)

    assert last == (
        "That is more than there is for 2 answers at once: set engine.context_tokens to 7,611 or less, or "
        "engine.slots to 1."
    )


def test_fewer_slots_are_proposed_only_where_there_are_more(eight: Path) -> None:
    (*_, last) = described(plan(eight), LlamaSettings(slots=1), 12 * GIGABYTE)

    assert last == "That is more than there is: set engine.context_tokens to 3,778 or less."


def test_a_machine_that_is_too_small_is_told_so(eight: Path) -> None:
    (*_, last) = described(plan(eight), LlamaSettings(), 8 * GIGABYTE)

    assert last == "This machine can't run it: it needs one with more memory."


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_however_it_ends_no_half_of_a_model_is_used(source: Path, tmp_path: Path, number: int) -> None:
    # The last byte waits, so that the signal comes while it writes.
    program = (
        "import sys, time; from botcore_llama import convert, convert_command\n"
        "def stop(*_): print('begun', flush=True); time.sleep(60)\n"
        "convert.write_model = stop\n"
        "from botcore_llama.commands import app; app()"
    )
    command: list[str | Path] = [
        sys.executable,
        "-c",
        program,
        "convert",
        source,
        "--output",
        tmp_path / "out",
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=tmp_path)
    assert process.stdout is not None
    assert process.stdout.readline() == b"begun\n"
    process.send_signal(number)
    process.stdout.close()

    assert process.wait(30) != 0
    assert not (tmp_path / "out").exists()
    convert_command.run_convert(
        source, tmp_path / "out", "int8", None, for_another_machine=False, dry_run=False
    )
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "data") == ["Llama-Tiny", "out"]


def test_help_names_every_quantization() -> None:
    assert "int8_bfloat16" in run("--help").output
