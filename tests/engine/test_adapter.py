"""A LoRA adapter is merged while a checkpoint is read, as PEFT would merge it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from botcore.errors import InputError, ModelError
from botcore_llama.checkpoint import open_checkpoint
from botcore_llama.checkpoint.adapter_config import AdapterConfig
from botcore_llama.convert import convert, plan
from tests.engine.tiny_llama import Array, Shape, as_stored, random_weights, save_checkpoint
from tests.engine.torch_writer import save_meta

SHAPE = Shape(tied=False, inner=192)
RANK, ALPHA = 4, 6
EMBEDDINGS, OUTPUT = "model.embed_tokens", "lm_head"
QUERIES, DOWN = "model.layers.1.self_attn.q_proj", "model.layers.0.mlp.down_proj"

# Beside what the tests change, what PEFT 0.20 writes.
USUAL = {
    "peft_type": "LORA",
    "task_type": "CAUSAL_LM",
    "base_model_name_or_path": "meta-llama/Llama-3.2-1B-Instruct",
    "r": RANK,
    "lora_alpha": ALPHA,
    "lora_dropout": 0.05,
    "bias": "none",
    "fan_in_fan_out": False,
    "inference_mode": True,
    "init_lora_weights": True,
    "loftq_config": {},
    "megatron_core": "megatron.core",
    "target_modules": ["q_proj", "down_proj"],
    "qalora_group_size": 16,
    "use_dora": False,
    "alora_invocation_tokens": None,
}

Tensors = dict[str, NDArray[Any]]


def random_adapter(weights: dict[str, Array], modules: list[str], rank: int = RANK) -> Tensors:
    """Return the small matrices of the modules, in the type in which they are trained."""
    random = np.random.default_rng(11)
    tensors: Tensors = {}
    for module in modules:
        out, inner = weights[f"{module}.weight"].shape
        key = f"base_model.model.{module}.lora_"
        shapes = {"A.weight": (rank, inner), "B.weight": (out, rank)}
        if module == EMBEDDINGS:
            shapes = {"embedding_A": (rank, out), "embedding_B": (inner, rank)}
        for half, shape in shapes.items():
            tensors[key + half] = (random.standard_normal(shape) * 0.1).astype(np.float32)
    return tensors


def save_adapter(folder: Path, tensors: Tensors, **changes: Any) -> Path:
    folder.mkdir()
    (folder / "adapter_config.json").write_text(json.dumps(USUAL | changes))
    save_file(tensors, folder / "adapter_model.safetensors")
    return folder


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


def change(**changes: Any) -> Callable[[Path], None]:
    def damage(adapter: Path) -> None:
        path = adapter / "adapter_config.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))

    return damage


def put(**tensors: NDArray[Any] | None) -> Callable[[Path], None]:
    """Put tensors into the file, or take them away, by the last parts of their names."""

    def damage(adapter: Path) -> None:
        path = adapter / "adapter_model.safetensors"
        found = load_file(path)
        for name, value in tensors.items():
            key = f"base_model.model.{QUERIES}.{name.replace('__', '.')}"
            found.pop(key, None)
            if value is not None:
                found[key] = value
        save_file(found, path)

    return damage


def pickle_it(adapter: Path) -> None:
    (adapter / "adapter_model.safetensors").rename(adapter / "adapter_model.bin")


def truncate(adapter: Path) -> None:
    path = adapter / "adapter_model.safetensors"
    path.write_bytes(path.read_bytes()[:-10])


ONES = np.ones((64, RANK), np.float32)
DAMAGES: dict[str, Callable[[Path], object]] = {
    "of the kind IA3, not LoRA": change(peft_type="IA3"),
    "asks for use_dora": change(use_dora=True),
    "asks for trainable_token_indices": change(trainable_token_indices=[5]),
    "asks for layer_replication": change(layer_replication=[[0, 1]]),
    "asks for something_new": change(something_new={"a": 1}),
    "trains biases": change(bias="lora_only"),
    "init_lora_weights = 'pissa_niter_16'": change(init_lora_weights="pissa_niter_16"),
    "r: Input should be greater than 0": change(r=0),
    "lora_alpha: Input should be a valid number": change(lora_alpha="much"),
    "peft_type: Field required": change(peft_type=None),
    r"rank_pattern\.q_proj: Input should be greater": change(rank_pattern={"q_proj": 0}),
    r"the pattern '\(a\+\)\+' repeats a group": change(rank_pattern={"(a+)+": 4}),
    "is too complicated": change(alpha_pattern={".*.*.*.*x": 4}),
    r"the pattern '\(' is wrong": change(alpha_pattern={"(": 4}),
    "configuration says rank 8": change(r=8),
    "it holds no settings": lambda adapter: (adapter / "adapter_config.json").write_text("[]"),
    "config.json is damaged": lambda adapter: (adapter / "adapter_config.json").write_text("{"),
    "adapter_model.safetensors is missing": lambda a: (a / "adapter_model.safetensors").unlink(),
    "a pickled adapter": pickle_it,
    "is damaged or cut off": truncate,
    "has only lora_A": put(lora_B__weight=None),
    "changes model.layers.1.self_attn.q_proj.extra, which the model does not have": put(extra__lora_A=ONES),
    "is no part of a plain LoRA": put(lora_magnitude_vector=ONES),
    "is stored as I64": put(lora_A__weight=np.ones((RANK, 64), np.int64)),
    r"as one of \(32, 64\), but in this model it is \(64, 64\)": put(lora_B__weight=ONES[:32]),
    r"It was made for meta-llama/Llama-3\.2-1B-Instruct": put(weight=ONES),
}


@pytest.mark.parametrize("complaint", DAMAGES)
def test_a_bad_adapter_is_refused(tmp_path: Path, complaint: str) -> None:
    weights = random_weights(SHAPE)
    source = save_checkpoint(tmp_path / "base", SHAPE, weights)
    adapter = save_adapter(tmp_path / "adapter", random_adapter(weights, [QUERIES, DOWN]))
    DAMAGES[complaint](adapter)

    with pytest.raises(ModelError, match=complaint):
        plan(source, adapter=adapter)


def test_one_change_of_a_tied_model_for_both_sides_is_refused(tmp_path: Path) -> None:
    shape = replace(SHAPE, tied=True)
    weights = random_weights(shape)
    source = save_checkpoint(tmp_path / "base", shape, weights)
    tensors = random_adapter(weights, [EMBEDDINGS])
    adapter = save_adapter(tmp_path / "adapter", tensors, ensure_weight_tying=True)

    with pytest.raises(ModelError, match="as one, which is not supported"):
        plan(source, adapter=adapter)


def test_a_folder_that_is_no_adapter_is_refused(tmp_path: Path) -> None:
    source = save_checkpoint(tmp_path / "base", SHAPE, random_weights(SHAPE))

    with pytest.raises(InputError, match=r"no adapter_config\.json"):
        plan(source, adapter=source)
    with pytest.raises(ModelError, match="holds an adapter, no model"):
        adapter = save_adapter(tmp_path / "adapter", random_adapter(random_weights(SHAPE), [QUERIES]))
        (adapter / "config.json").write_text((source / "config.json").read_text())
        plan(adapter)
