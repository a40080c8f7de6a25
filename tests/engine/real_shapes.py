"""Checkpoints in the shapes of real models of the Llama 3 family, with random weights or with none at all.

The figures are those of the models' own config.json.
"""

from __future__ import annotations

import base64
import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file

TOKENS, SPECIAL_TOKENS = 128_256, 256
DEVIATION = 0.02  # of the random weights
POOL_VALUES = 1 << 24  # random numbers that are made; what is written begins somewhere in them


@dataclass(frozen=True, slots=True)
class Shape:
    """What a model's config.json says of its size."""

    hidden: int
    inner: int
    layers: int
    heads: int
    key_heads: int
    tied: bool
    rope_factor: float | None  # None: no scaling, 8,192 tokens of context

    @property
    def head_size(self) -> int:
        # 64 in 3.2 1B, 128 in all others.
        return 64 if self.hidden == 2048 else 128

    def config(self) -> dict[str, Any]:
        scaling = {
            "rope_type": "llama3",
            "factor": self.rope_factor,
            "low_freq_factor": 1.0,
            "high_freq_factor": 4.0,
            "original_max_position_embeddings": 8192,
        }
        return {
            "architectures": ["LlamaForCausalLM"],
            "model_type": "llama",
            "vocab_size": TOKENS,
            "hidden_size": self.hidden,
            "intermediate_size": self.inner,
            "num_hidden_layers": self.layers,
            "num_attention_heads": self.heads,
            "num_key_value_heads": self.key_heads,
            "head_dim": self.head_size,
            "max_position_embeddings": 131_072 if self.rope_factor else 8192,
            "rms_norm_eps": 1e-5,
            "rope_theta": 500_000.0,
            "rope_scaling": scaling if self.rope_factor else None,
            "tie_word_embeddings": self.tied,
            "hidden_act": "silu",
            "torch_dtype": "bfloat16",
            "bos_token_id": 128_000,
            "eos_token_id": [128_001, 128_008, 128_009],
        }

    def parts(self) -> Iterator[dict[str, tuple[int, ...]]]:
        """Yield the tensors by name with their shapes: the table, each layer, what comes last."""
        queries, keys = self.heads * self.head_size, self.key_heads * self.head_size
        table, norm = (TOKENS, self.hidden), (self.hidden,)
        yield {"model.embed_tokens.weight": table}
        for layer in range(self.layers):
            name = f"model.layers.{layer}."
            yield {
                f"{name}input_layernorm.weight": norm,
                f"{name}post_attention_layernorm.weight": norm,
                f"{name}self_attn.q_proj.weight": (queries, self.hidden),
                f"{name}self_attn.k_proj.weight": (keys, self.hidden),
                f"{name}self_attn.v_proj.weight": (keys, self.hidden),
                f"{name}self_attn.o_proj.weight": (self.hidden, queries),
                f"{name}mlp.gate_proj.weight": (self.inner, self.hidden),
                f"{name}mlp.up_proj.weight": (self.inner, self.hidden),
                f"{name}mlp.down_proj.weight": (self.hidden, self.inner),
            }
        yield {"model.norm.weight": norm} | ({} if self.tied else {"lm_head.weight": table})


SHAPES = {
    "1b": Shape(2048, 8192, 16, 32, 8, tied=True, rope_factor=32.0),  # Llama 3.2 1B
    "3b": Shape(3072, 8192, 28, 24, 8, tied=True, rope_factor=32.0),  # Llama 3.2 3B
    "8b": Shape(4096, 14_336, 32, 32, 8, tied=False, rope_factor=8.0),  # Llama 3.1 8B
    "70b": Shape(8192, 28_672, 80, 64, 8, tied=False, rope_factor=8.0),  # Llama 3.1 and 3.3 70B
}


def write_checkpoint(folder: Path, shape: Shape, *, sparse: bool = False, shards: int = 4) -> Path:
    """Write a checkpoint in bfloat16, one shard after the other; with `sparse` its numbers are holes."""
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(shape.config(), indent=1))
    (folder / "generation_config.json").write_text(
        json.dumps({"bos_token_id": 128_000, "eos_token_id": [128_001, 128_008, 128_009]})
    )
    (folder / "tokenizer.model").write_bytes(b"".join(ranks()))
    pool = None if sparse else random_numbers()
    parts = list(shape.parts())
    files: dict[str, str] = {}
    for number in range(shards):
        share = parts[number * len(parts) // shards : (number + 1) * len(parts) // shards]
        tensors = {name: size for part in share for name, size in part.items()}
        name = f"model-{number + 1:05}-of-{shards:05}.safetensors"
        if pool is None:
            write_holes(folder / name, tensors)
        else:
            write_numbers(folder / name, tensors, pool)
        files |= dict.fromkeys(tensors, name)
    (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": files}))
    return folder


def ranks() -> Iterator[bytes]:
    """Yield the lines of a tokenizer.model: as many tokens as the real one has, short and all different."""
    sequences = (bytes(each) for size in (1, 2, 3) for each in itertools.product(range(256), repeat=size))
    for rank, token in enumerate(itertools.islice(sequences, TOKENS - SPECIAL_TOKENS)):
        yield base64.b64encode(token) + b" %d\n" % rank


def random_numbers() -> NDArray[Any]:
    numbers = np.random.default_rng(1).standard_normal(POOL_VALUES, np.float32) * np.float32(DEVIATION)
    return numbers.astype(ml_dtypes.bfloat16)


def write_numbers(path: Path, tensors: dict[str, tuple[int, ...]], pool: NDArray[Any]) -> None:
    save_file({name: drawn(name, size, pool) for name, size in tensors.items()}, path)


def drawn(name: str, size: tuple[int, ...], pool: NDArray[Any]) -> NDArray[Any]:
    """Return random numbers, which for the norms are around 1; no two tensors are the same."""
    if len(size) == 1:
        return (np.float32(1) + pool[: size[0]].astype(np.float32)).astype(pool.dtype)
    start = int.from_bytes(name.encode()[-40:], "big") % (len(pool) - 1)
    return np.resize(np.roll(pool, start), size)


def write_holes(path: Path, tensors: dict[str, tuple[int, ...]]) -> None:
    """Write the header, and numbers that take no room on the disk."""
    header: dict[str, Any] = {}
    offset = 0
    for name, size in tensors.items():
        length = 2 * prod(size)
        header[name] = {"dtype": "BF16", "shape": size, "data_offsets": [offset, offset + length]}
        offset += length
    text = json.dumps(header).encode()
    with path.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        file.truncate(file.tell() + offset)
