"""An adapter that is no plain LoRA, is damaged or was made for another model is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from botcore.errors import InputError, ModelError
from botcore_llama.convert import plan
from tests.engine.adapters import DOWN, EMBEDDINGS, QUERIES, RANK, SHAPE, random_adapter, save_adapter
from tests.engine.json_files import change_json
from tests.engine.tiny_llama import random_weights, save_checkpoint


def change(**changes: Any) -> Callable[[Path], None]:
    return lambda adapter: change_json(adapter / "adapter_config.json", **changes)


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
    "says that lm_head was trained whole, but": change(modules_to_save=["lm_head"]),
    "says that q_proj was trained whole, but": change(modules_to_save=["q_proj"]),
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
