"""A model that this machine can't run is refused before it is loaded."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from botcore.checks import Finding, Health, run_check
from botcore.config import EngineSection, Settings
from botcore.errors import ModelError
from botcore_llama.checks import check_model
from botcore_llama.convert import convert
from botcore_llama.ctranslate2_runner import compute_types
from botcore_llama.loadable import refuse_unloadable
from botcore_llama.model_files import ModelFiles, read_model_files
from botcore_llama.service import load_model
from botcore_llama.settings import LlamaSettings
from tests.engine.tiny_llama import LLAMA3_SCALING, Shape, random_weights, save_checkpoint

ON_A_CPU = frozenset({"int8", "int8_float32", "float32"})
GIGABYTE = 10**9


@pytest.fixture(scope="module")
def files(tiny_model: Path) -> ModelFiles:
    return read_model_files(tiny_model)


@pytest.mark.parametrize("stored", ["float16", "bfloat16", "int16"])
def test_a_type_that_would_be_widened_silently_is_refused(files: ModelFiles, stored: str) -> None:
    stored_so = replace(files, weights_type=stored)

    with pytest.raises(ModelError, match=f"is stored as {stored}, .* --quantization int8"):
        refuse_unloadable(stored_so, "default", ON_A_CPU, GIGABYTE)
    refuse_unloadable(stored_so, "int8", ON_A_CPU, GIGABYTE)
    refuse_unloadable(stored_so, "default", {*ON_A_CPU, stored}, GIGABYTE)


def test_a_compute_type_that_the_processor_lacks_is_refused(files: ModelFiles) -> None:
    with pytest.raises(ModelError, match=r"compute_type is int16, .* can: float32, int8, int8_float32"):
        refuse_unloadable(files, "int16", ON_A_CPU, GIGABYTE)


def test_a_model_larger_than_the_memory_is_refused(files: ModelFiles) -> None:
    with pytest.raises(ModelError, match=r"takes 70\.0 GB of memory, and this machine has 1\.0 GB"):
        refuse_unloadable(replace(files, size=70 * GIGABYTE), "default", ON_A_CPU, GIGABYTE)


def test_the_server_asks_before_it_loads_and_so_does_doctor(tmp_path: Path) -> None:
    if "float16" in compute_types():
        pytest.skip("this processor computes float16")
    source = save_checkpoint(tmp_path / "checkpoint", Shape(), random_weights(Shape()))
    convert(source, tmp_path / "model", "float16", for_another_machine=True)

    with pytest.raises(ModelError, match="is stored as float16"):
        load_model(LlamaSettings(model=tmp_path / "model"))
    load_model(LlamaSettings(model=tmp_path / "model", compute_type="float32")).runner.close()
    assert [found.health for found in looked_at(tmp_path / "model")] == [Health.PROBLEM]
    assert "is stored as float16" in looked_at(tmp_path / "model")[0].text


def test_doctor_tells_of_a_model_without_scaling_of_positions(tmp_path: Path) -> None:
    shape = Shape(rope_scaling=LLAMA3_SCALING)
    convert(save_checkpoint(tmp_path / "checkpoint", shape, random_weights(shape)), tmp_path / "model")
    assert Health.WARNING not in {found.health for found in looked_at(tmp_path / "model")}
    file = tmp_path / "model/model.bin"
    file.write_bytes(file.read_bytes().replace(b"rotary_scaling_factor", b"rotary_scaling_fictor"))

    (told,) = (found for found in looked_at(tmp_path / "model") if found.health is Health.WARNING)

    assert "without the scaling of positions" in told.text


def looked_at(model: Path) -> list[Finding]:
    settings = Settings(engine=EngineSection.model_validate({"model": str(model)}))
    return [found for found in run_check("model", check_model, settings) if found.about == "model"]
