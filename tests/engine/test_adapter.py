"""A LoRA adapter is merged while a checkpoint is read, as PEFT would merge it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest

from botcore_llama.checkpoint import open_checkpoint
from botcore_llama.checkpoint.adapter_config import AdapterConfig
from botcore_llama.convert import convert, plan
from tests.engine.adapters import (
    ALPHA,
    DOWN,
    EMBEDDINGS,
    OUTPUT,
    QUERIES,
    RANK,
    SHAPE,
    Tensors,
    random_adapter,
    save_adapter,
)
from tests.engine.tiny_llama import Array, Shape, as_stored, random_weights, save_checkpoint
from tests.engine.torch_writer import save_meta


def merged(weights: dict[str, Array], tensors: Tensors, scale: float) -> dict[str, Array]:
    """Merge with numpy, into the numbers that the checkpoint holds."""
    result = {name: as_stored(weight) for name, weight in weights.items()}
    for key, narrow in tensors.items():
        module = key.removeprefix("base_model.model.").split(".lora_")[0]
        if key.endswith("lora_A.weight"):
            wide = tensors[key.replace("lora_A", "lora_B")]
            result[f"{module}.weight"] += scale * (wide @ narrow)
        if key.endswith("embedding_A"):
            wide = tensors[key.replace("embedding_A", "embedding_B")]
            result[f"{module}.weight"] += scale * (wide @ narrow).T
    return result


def read_all(source: Path, adapter: Path, weights: dict[str, Array]) -> dict[str, Array]:
    with open_checkpoint(source, adapter) as checkpoint:
        return {
            name: np.concatenate([*checkpoint.tensor(name, weight.shape).blocks(most_values=700)])
            for name, weight in weights.items()
        }


def assert_same(found: dict[str, Array], wanted: dict[str, Array]) -> None:
    for name, weight in wanted.items():
        np.testing.assert_allclose(found[name], weight, rtol=1e-5, atol=1e-6, err_msg=name)


@pytest.mark.parametrize(
    ("changes", "scale"),
    [
        ({}, ALPHA / RANK),
        ({"use_rslora": True}, ALPHA / RANK**0.5),
        ({"lora_alpha": 1.5}, 1.5 / RANK),
        ({"alpha_pattern": {"q_proj|down_proj|embed_tokens|lm_head": 10}}, 10 / RANK),
        ({"r": 99, "rank_pattern": {r".*proj": RANK, EMBEDDINGS: RANK, OUTPUT: RANK}}, ALPHA / RANK),
        ({"fan_in_fan_out": True, "lora_dropout": 0.5, "a_new_setting": None}, ALPHA / RANK),
    ],
    ids=["plain", "rank-stabilized", "alpha no whole number", "alpha pattern", "rank pattern", "no matter"],
)
def test_every_changed_tensor_is_merged(tmp_path: Path, changes: dict[str, Any], scale: float) -> None:
    weights = random_weights(SHAPE)
    source = save_checkpoint(tmp_path / "base", SHAPE, weights)
    tensors = random_adapter(weights, [QUERIES, DOWN, EMBEDDINGS, OUTPUT])
    adapter = save_adapter(tmp_path / "adapter", tensors, **changes)

    assert_same(read_all(source, adapter, weights), merged(weights, tensors, scale))


def test_meta_layout_takes_an_adapter_too(tmp_path: Path) -> None:
    shape = Shape(tied=False, inner=192, heads=8, key_heads=4, head_size=8)
    weights = random_weights(shape)
    source = save_meta(tmp_path / "base", shape, weights, shards=2)
    tensors = random_adapter(weights, [QUERIES, DOWN, EMBEDDINGS])
    adapter = save_adapter(tmp_path / "adapter", tensors)

    assert_same(read_all(source, adapter, weights), merged(weights, tensors, ALPHA / RANK))


def test_a_conversion_with_an_adapter_is_that_of_the_merged_model(tmp_path: Path) -> None:
    """Whole numbers of eighths, so that both ways give the same number to the last bit."""
    random = np.random.default_rng(5)
    weights = {
        name: (random.integers(-8, 8, weight.shape) / 8).astype(np.float32)
        for name, weight in random_weights(SHAPE).items()
    }
    tensors = {
        key: random.integers(-4, 4, value.shape).astype(np.float32)
        for key, value in random_adapter(weights, [QUERIES, DOWN]).items()
    }
    adapter = save_adapter(tmp_path / "adapter", tensors, lora_alpha=RANK / 8)
    base = save_checkpoint(tmp_path / "base", SHAPE, weights)
    whole = save_checkpoint(tmp_path / "merged", SHAPE, merged(weights, tensors, 1 / 8))

    convert(base, tmp_path / "found", adapter=adapter)
    convert(whole, tmp_path / "wanted")

    found, wanted = (tmp_path / name / "model.bin" for name in ("found", "wanted"))
    assert found.read_bytes() == wanted.read_bytes()


def test_a_module_that_was_trained_whole_takes_the_places_of_the_old(tmp_path: Path) -> None:
    weights = random_weights(SHAPE)
    source = save_checkpoint(tmp_path / "base", SHAPE, weights)
    table, norm = as_stored(weights["lm_head.weight"] * 2), np.ones(SHAPE.hidden, np.float32)
    tensors = random_adapter(weights, [EMBEDDINGS])
    whole = {
        "base_model.model.lm_head.weight": table.astype(ml_dtypes.bfloat16),
        "base_model.model.model.norm.modules_to_save.weight": norm,
        "base_model.model.model.embed_tokens.base_layer.weight": table,
    }
    adapter = save_adapter(tmp_path / "adapter", tensors | whole, modules_to_save=["lm_head", "norm"])

    wanted = {"lm_head.weight": table, "model.norm.weight": norm, "model.embed_tokens.weight": table}
    assert_same(read_all(source, adapter, weights), merged(weights | wanted, tensors, ALPHA / RANK))


@pytest.mark.parametrize("changed", [EMBEDDINGS, OUTPUT])
def test_a_tied_model_of_which_one_side_is_changed_is_tied_no_more(tmp_path: Path, changed: str) -> None:
    shape = replace(SHAPE, tied=True)
    weights = random_weights(shape)
    untied = weights | {"lm_head.weight": weights["model.embed_tokens.weight"]}
    source = save_checkpoint(tmp_path / "base", shape, weights)
    tensors = random_adapter(untied, [changed])
    adapter = save_adapter(tmp_path / "adapter", tensors)

    assert plan(source, adapter=adapter).config.tie_word_embeddings is False
    assert_same(read_all(source, adapter, untied), merged(untied, tensors, ALPHA / RANK))


def test_a_tied_model_whose_layers_are_changed_stays_tied(tmp_path: Path) -> None:
    shape = replace(SHAPE, tied=True)
    weights = random_weights(shape)
    source = save_checkpoint(tmp_path / "base", shape, weights)
    adapter = save_adapter(tmp_path / "adapter", random_adapter(weights, [QUERIES]))

    assert plan(source, adapter=adapter).config.tie_word_embeddings is True


@pytest.mark.parametrize(
    ("pattern", "module", "matches"),
    [
        ("q_proj", "model.layers.0.self_attn.q_proj", True),
        ("self_attn.q_proj", "model.layers.0.self_attn.q_proj", True),
        (r"model\.layers\.(1|2)\..*", "model.layers.2.mlp.up_proj", True),
        (r"^model.layers.1.mlp.up_proj", "model.layers.1.mlp.up_proj", True),
        ("proj", "model.layers.0.self_attn.q_proj", False),
        ("q_proj", "q_proj.other", False),
        ("layers.1.mlp.up_proj", "model.layers.11.mlp.up_proj", False),
    ],
)
def test_a_pattern_is_looked_for_as_peft_does(pattern: str, module: str, matches: bool) -> None:
    config = AdapterConfig(peft_type="LORA", rank_pattern={pattern: 3})

    assert config.rank(module) == (3 if matches else 8)
