"""`botcore model …` says what a person needs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from botcore.errors import ModelError
from botcore_llama.commands import app
from tests.engine.tiny_llama import Shape, random_weights, save_checkpoint


def test_info_says_what_the_model_is(tiny_model: Path) -> None:
    result = CliRunner().invoke(app, ["info", str(tiny_model)])

    assert result.exit_code == 0
    assert "tiny" in result.output
    assert "65,536 tokens" in result.output
    assert "as int8" in result.output


def test_info_reads_the_configuration(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "botcore.toml").write_text(f'[engine]\nmodel = "{tiny_model}"\n')

    assert "tiny" in CliRunner().invoke(app, ["info"]).output


def test_info_refuses_what_is_no_model(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["info", str(tmp_path)])

    assert result.exit_code != 0
    assert isinstance(result.exception, ModelError)
    assert "is not a converted model" in str(result.exception)


def test_convert_makes_a_model_that_info_knows(tmp_path: Path) -> None:
    source = save_checkpoint(tmp_path / "source", Shape(), random_weights(Shape()))
    output = tmp_path / "converted"

    result = CliRunner().invoke(app, ["convert", str(source), "--output", str(output)])

    assert result.exit_code == 0
    assert f"botcore model use {output}\n" in result.output
    assert CliRunner().invoke(app, ["info", str(output)]).exit_code == 0


def test_the_commands_cost_the_command_line_nothing() -> None:
    program = "import sys, botcore_llama.commands; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert not {"numpy", "tiktoken", "ctranslate2", "pydantic", "aiohttp"} & set(loaded.stdout.split())
