"""A converted model computes what the checkpoint says, and a bad checkpoint is refused."""

from __future__ import annotations

import json
import os
import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import ctranslate2
import numpy as np
import pytest

from botcore.errors import InputError, ModelError
from botcore_llama.convert import convert
from tests.engine.json_files import change_json
from tests.engine.tiny_llama import LLAMA3_SCALING, Array, Shape, forward, random_weights, save_checkpoint

SHAPES = {
    "grouped heads, tied": Shape(),
    "grouped heads, own output": Shape(tied=False),
    "as many key heads as heads": Shape(key_heads=4),
    "one key head": Shape(key_heads=1),
    "rope scaling of Llama 3.1": Shape(rope_scaling=LLAMA3_SCALING),
    "heads wider than the hidden size": Shape(head_size=32),
    "more rows than tokens": Shape(vocabulary=520),
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
@pytest.mark.parametrize("length", [1, 7, 200])
def test_float32_gives_the_checkpoints_logits(tmp_path: Path, shape: Shape, length: int) -> None:
    wanted, found = compare(tmp_path, shape, "float32", length)

    assert cosine(wanted, found).min() > 0.9999
    assert np.mean(wanted.argmax(-1) == found.argmax(-1)) > 0.99


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
@pytest.mark.parametrize("quantization", ["float16", "bfloat16"])
def test_so_do_the_shorter_floats(tmp_path: Path, shape: Shape, quantization: str) -> None:
    wanted, found = compare(tmp_path, shape, quantization, 50)

    assert cosine(wanted, found).min() > 0.9999


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
@pytest.mark.parametrize("quantization", ["int8", "int8_float16", "int8_bfloat16"])
def test_int8_comes_close(tmp_path: Path, shape: Shape, quantization: str) -> None:
    wanted, found = compare(tmp_path, shape, quantization, 100)

    assert cosine(wanted, found).mean() > 0.99


def test_a_sharded_checkpoint_gives_the_same_file(tmp_path: Path) -> None:
    shape, weights = Shape(), random_weights(Shape())
    convert(save_checkpoint(tmp_path / "whole", shape, weights), tmp_path / "a")
    convert(save_checkpoint(tmp_path / "sharded", shape, weights, shards=3), tmp_path / "b")

    # The order of variables is the same, only where they were read from differs.
    assert (tmp_path / "a" / "model.bin").read_bytes() == (tmp_path / "b" / "model.bin").read_bytes()


def test_the_directory_holds_all_that_the_server_needs(tmp_path: Path) -> None:
    source = checkpoint(tmp_path)
    (source / "botcore-model.json").write_text('{"name": "tiny"}')

    convert(source, tmp_path / "out")

    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "botcore-model.json",
        "config.json",
        "model.bin",
        "tokenizer.model",
        "vocabulary.json",
    ]
    config = json.loads((tmp_path / "out" / "config.json").read_text())
    assert config["context_tokens"] == 256


def test_newer_rope_parameters_mean_the_same(tmp_path: Path) -> None:
    shape = Shape(rope_scaling=LLAMA3_SCALING)
    newer = replace(
        shape,
        extra={
            "rope_scaling": None,
            "rope_theta": None,
            "rope_parameters": {**LLAMA3_SCALING, "rope_theta": shape.theta},
        },
    )
    weights = random_weights(shape)
    convert(save_checkpoint(tmp_path / "older", shape, weights), tmp_path / "a")
    convert(save_checkpoint(tmp_path / "newer", newer, weights), tmp_path / "b")

    assert (tmp_path / "a" / "model.bin").read_bytes() == (tmp_path / "b" / "model.bin").read_bytes()


def test_an_existing_output_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()

    with pytest.raises(InputError, match="exists already"):
        convert(checkpoint(tmp_path), tmp_path / "out")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every folder")
def test_a_folder_that_is_closed_to_us_is_refused(tmp_path: Path) -> None:
    source = checkpoint(tmp_path)
    (tmp_path / "closed").mkdir(mode=0)

    with pytest.raises(InputError, match="Permission denied"):
        convert(source, tmp_path / "closed" / "out")


@pytest.mark.parametrize("length", [250, 300])
def test_a_name_that_is_too_long_is_refused(tmp_path: Path, length: int) -> None:
    source = checkpoint(tmp_path)

    with pytest.raises(InputError, match="File name too long"):
        convert(source, tmp_path / ("x" * length))


def test_a_file_in_the_way_is_refused(tmp_path: Path) -> None:
    source = checkpoint(tmp_path)
    (tmp_path / "file").write_text("")

    with pytest.raises(InputError, match="file"):
        convert(source, tmp_path / "file" / "out")


def test_an_unknown_quantization_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Use one of: int8, int8_float16"):
        convert(checkpoint(tmp_path), tmp_path / "out", "int3")


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no config\.json"):
        convert(tmp_path, tmp_path / "out")


def damage_config(**changes: Any) -> Callable[[Path], None]:
    return lambda source: change_json(source / "config.json", **changes)


def truncate(source: Path) -> None:
    path = source / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-1000])


def pickle_it(source: Path) -> None:
    (source / "model.safetensors").unlink()
    (source / "pytorch_model.bin").write_bytes(pickle.dumps({"weights": 1}))


def name_a_missing_shard(source: Path) -> None:
    index = {"weight_map": {"a": "model.safetensors", "b": "model-00002-of-00002.safetensors"}}
    (source / "model.safetensors.index.json").write_text(json.dumps(index))


def put_infinity(source: Path) -> None:
    weights = random_weights(Shape())
    weights["model.norm.weight"][3] = np.inf
    save_checkpoint(source, Shape(), weights)


def take_rows_from_the_table(source: Path) -> None:
    smaller = Shape(vocabulary=500)
    save_checkpoint(source, smaller, random_weights(smaller))


DAMAGES: dict[str, Callable[[Path], object]] = {
    "only LlamaForCausalLM": damage_config(architectures=["MistralForCausalLM"]),
    "an activation other than silu": damage_config(hidden_act="gelu"),
    "biases": damage_config(attention_bias=True),
    "the RoPE scaling 'yarn'": damage_config(rope_scaling={"type": "yarn"}),
    "its rope_scaling lacks 'factor'": damage_config(rope_scaling={"type": "llama3"}),
    "hidden_size": damage_config(hidden_size=None),
    "has the shape": damage_config(intermediate_size=100),
    "no tensor lm_head.weight": damage_config(tie_word_embeddings=False),
    "no tensor model.layers.2": damage_config(num_hidden_layers=3),
    "does not fit: it has 512 tokens, the model 500": take_rows_from_the_table,
    "config.json is damaged": lambda source: (source / "config.json").write_text("{"),
    "is damaged or cut off": truncate,
    "is a pickled checkpoint": pickle_it,
    "model-00002-of-00002.safetensors is missing": name_a_missing_shard,
    "index.json is damaged": lambda source: (source / "model.safetensors.index.json").write_text("[]"),
    "values that are not numbers": put_infinity,
    "tokenizer.model can't be read": lambda source: (source / "tokenizer.model").unlink(),
    r"no \*.safetensors files": lambda source: (source / "model.safetensors").unlink(),
}


@pytest.mark.parametrize("complaint", DAMAGES)
def test_a_bad_checkpoint_is_refused_and_leaves_nothing(tmp_path: Path, complaint: str) -> None:
    source = checkpoint(tmp_path)
    DAMAGES[complaint](source)

    with pytest.raises(ModelError, match=complaint):
        convert(source, tmp_path / "out")

    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint"]


def checkpoint(folder: Path) -> Path:
    return save_checkpoint(folder / "checkpoint", Shape(), random_weights(Shape()))


def compare(folder: Path, shape: Shape, quantization: str, length: int) -> tuple[Array, Array]:
    """Return the logits that numpy and the converted model give."""
    weights = random_weights(shape)
    source = save_checkpoint(folder / "checkpoint", shape, weights)
    convert(source, folder / "out", quantization, for_another_machine=True)
    ids = np.random.default_rng(3).integers(0, shape.vocabulary, length).tolist()
    # The type is named where the processor would choose it anyway, with a warning.
    compute_type = "int8" if quantization.startswith("int8") else "float32"
    generator = ctranslate2.Generator(str(folder / "out"), intra_threads=1, compute_type=compute_type)
    found = np.array(generator.forward_batch([ids]), dtype=np.float32)[0]
    return forward(shape, weights, ids), found


def cosine(a: Array, b: Array) -> Array:
    norms = np.linalg.norm(a, axis=-1) * np.linalg.norm(b, axis=-1)
    similarity: Array = (a * b).sum(-1) / norms
    return similarity
