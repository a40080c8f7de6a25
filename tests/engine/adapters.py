"""Writes LoRA adapters as PEFT does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file

from tests.engine.tiny_llama import Array, Shape

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
