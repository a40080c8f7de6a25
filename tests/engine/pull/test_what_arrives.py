"""What is pulled is ready to answer: converted, or as it was where somebody has converted it."""

from __future__ import annotations

from pathlib import Path

import pytest

from botcore_llama import planning, specification
from botcore_llama.checkpoint import read_config
from botcore_llama.convert import convert
from botcore_llama.model_files import read_model_files
from botcore_llama.models_folder import model_folder, models_folder
from botcore_llama.pull_checks import parameters_of
from tests.engine.pull.pulling import NAME, SHAPE, Watch, change, order_of, pulled
from tests.engine.tiny_llama import LLAMA3_SCALING, Shape, random_weights, save_checkpoint
from tests.fakes.hub import FakeHub, FakeRepository


def test_a_checkpoint_arrives_converted(hub: FakeHub, tmp_path: Path) -> None:
    watch = Watch()

    folder = pulled(hub, order_of(tmp_path), watch)

    files = read_model_files(folder)
    assert folder == model_folder(tmp_path, NAME)
    assert (files.name, files.weights_type) == (NAME, "int8")
    assert files.metadata["source"] == f"{hub.endpoint}/{NAME}"
    assert files.metadata["revision"] == hub.repositories[NAME].commit
    assert files.metadata["license"] == "llama3.2"
    assert [path.name for path in models_folder(tmp_path).iterdir()] == [folder.name]
    assert all(total == done for total, done in watch.works.values())
    assert [*watch.works][-1] == "Converting"


def test_only_what_is_needed_is_downloaded(hub: FakeHub, tmp_path: Path) -> None:
    pulled(hub, order_of(tmp_path))

    assert set(hub.contents_asked()) == {
        "config.json",
        "generation_config.json",
        "tokenizer.model",
        "LICENSE.txt",
        "model.safetensors.index.json",
        "model-00001-of-00002.safetensors",
        "model-00002-of-00002.safetensors",
    }


def test_metas_tokenizer_is_taken_from_where_they_have_it(hub: FakeHub, tmp_path: Path) -> None:
    ranks = hub.repositories[NAME].files["tokenizer.model"].content
    change(hub, {"tokenizer.model": None, "original/tokenizer.model": ranks})

    assert read_model_files(pulled(hub, order_of(tmp_path))).parameters > 0


def test_a_directory_of_ctranslate2s_is_taken_as_it_is(
    hub: FakeHub, tmp_path: Path, tiny_model: Path
) -> None:
    hub.add(FakeRepository.of_folder("team/converted", tiny_model))

    folder = pulled(hub, order_of(tmp_path, "team/converted"))

    assert (folder / "model.bin").read_bytes() == (tiny_model / "model.bin").read_bytes()
    assert read_model_files(folder).name == "team/converted"
    assert [path.name for path in models_folder(tmp_path).iterdir()] == [folder.name]


def test_a_directory_without_scaling_of_positions_is_told(
    hub: FakeHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As CTranslate2's own converter makes them of Llama 3.1."""
    scaled = Shape(rope_scaling=LLAMA3_SCALING)
    source = save_checkpoint(tmp_path / "source", scaled, random_weights(scaled))
    settings = specification.settings
    forgotten = ("rotary_scaling_factor", "original_max_position_embeddings")
    monkeypatch.setattr(
        planning,
        "settings",
        lambda config: (each for each in settings(config) if not each.name.endswith(forgotten)),
    )
    convert(source, tmp_path / "converted")
    hub.add(FakeRepository.of_folder("team/converted", tmp_path / "converted"))
    watch = Watch()

    folder = pulled(hub, order_of(tmp_path, "team/converted"), watch)

    assert read_model_files(folder).lacks_scaling
    assert any("leaves out how Llama 3.1" in line for line in watch.lines)


def test_what_is_there_already_is_left_alone(hub: FakeHub, tmp_path: Path) -> None:
    order, again, newer = order_of(tmp_path), Watch(), Watch()
    pulled(hub, order)
    asked_before = len(hub.contents_asked())

    pulled(hub, order, again)
    change(hub, {"README.md": b"changed"})
    pulled(hub, order, newer)

    assert "is there already" in again.lines[0]
    assert "of an older commit" in newer.lines[0]
    assert len(hub.contents_asked()) == asked_before


def test_the_parameters_are_counted_from_the_shape(checkpoint: Path) -> None:
    counted = sum(weight.size for weight in random_weights(SHAPE).values())

    assert parameters_of(read_config(checkpoint)) == counted
