"""A tiny random Llama as Hugging Face would save it, and the network written down in numpy."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file

Array = NDArray[np.float32]

LLAMA3_SCALING = {
    "rope_type": "llama3",
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 32,
}


@dataclass(frozen=True)
class Shape:
    hidden: int = 64
    inner: int = 96
    layers: int = 2
    heads: int = 4
    key_heads: int = 2
    head_size: int = 16
    vocabulary: int = 512  # 256 bytes and 256 special tokens
    context: int = 256
    theta: float = 500_000.0
    tied: bool = True
    rope_scaling: dict[str, Any] | None = None
    extra: dict[str, Any] = field(default_factory=dict)  # more of config.json

    def config(self) -> dict[str, Any]:
        return {
            "architectures": ["LlamaForCausalLM"],
            "vocab_size": self.vocabulary,
            "hidden_size": self.hidden,
            "intermediate_size": self.inner,
            "num_hidden_layers": self.layers,
            "num_attention_heads": self.heads,
            "num_key_value_heads": self.key_heads,
            "head_dim": self.head_size,
            "max_position_embeddings": self.context,
            "rms_norm_eps": 1e-5,
            "rope_theta": self.theta,
            "rope_scaling": self.rope_scaling,
            "tie_word_embeddings": self.tied,
            **self.extra,
        }


def random_weights(shape: Shape, seed: int = 7) -> dict[str, Array]:
    """Return weights large enough that attention and the answer depend on the prompt."""
    random = np.random.default_rng(seed)

    def matrix(rows: int, columns: int) -> Array:
        values: Array = random.standard_normal((rows, columns)).astype(np.float32)
        return values * np.float32(1.5 / columns**0.5)

    def norm() -> Array:
        return random.uniform(0.5, 1.5, shape.hidden).astype(np.float32)

    weights = {
        "model.embed_tokens.weight": matrix(shape.vocabulary, shape.hidden),
        "model.norm.weight": norm(),
    }
    if not shape.tied:
        weights["lm_head.weight"] = matrix(shape.vocabulary, shape.hidden)
    for layer in range(shape.layers):
        name = f"model.layers.{layer}."
        weights |= {
            f"{name}input_layernorm.weight": norm(),
            f"{name}post_attention_layernorm.weight": norm(),
            f"{name}self_attn.q_proj.weight": matrix(shape.heads * shape.head_size, shape.hidden),
            f"{name}self_attn.k_proj.weight": matrix(shape.key_heads * shape.head_size, shape.hidden),
            f"{name}self_attn.v_proj.weight": matrix(shape.key_heads * shape.head_size, shape.hidden),
            f"{name}self_attn.o_proj.weight": matrix(shape.hidden, shape.heads * shape.head_size),
            f"{name}mlp.gate_proj.weight": matrix(shape.inner, shape.hidden),
            f"{name}mlp.up_proj.weight": matrix(shape.inner, shape.hidden),
            f"{name}mlp.down_proj.weight": matrix(shape.hidden, shape.inner),
        }
    return weights


def save_checkpoint(folder: Path, shape: Shape, weights: dict[str, Array], shards: int = 1) -> Path:
    """Write the folder, in bfloat16 as the real ones are."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(shape.config()))
    write_tokenizer(folder)
    parts: list[dict[str, Any]] = [{} for _ in range(shards)]
    for number, (name, weight) in enumerate(weights.items()):
        parts[number % shards][name] = weight.astype(ml_dtypes.bfloat16)
    if shards == 1:
        save_file(parts[0], folder / "model.safetensors")
        return folder
    where: dict[str, str] = {}
    for number, part in enumerate(parts, start=1):
        file = f"model-{number:05}-of-{shards:05}.safetensors"
        save_file(part, folder / file)
        where |= dict.fromkeys(part, file)
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": where}))
    return folder


def write_tokenizer(folder: Path) -> None:
    """Write a tokenizer whose tokens are the single bytes."""
    lines = (base64.b64encode(bytes([byte])) + b" %d\n" % byte for byte in range(256))
    (folder / "tokenizer.model").write_bytes(b"".join(lines))


def forward(shape: Shape, weights: dict[str, Array], ids: list[int]) -> Array:
    """Return the logits after every position, in float32, by the weights as they are saved."""
    return exact_forward(shape, {name: as_stored(weight) for name, weight in weights.items()}, ids)


def exact_forward(shape: Shape, weights: dict[str, Array], ids: list[int]) -> Array:
    """Return the same by the weights as they are given."""
    x = weights["model.embed_tokens.weight"][ids]
    for layer in range(shape.layers):
        own = {
            name.removeprefix(f"model.layers.{layer}."): weight
            for name, weight in weights.items()
            if name.startswith(f"model.layers.{layer}.")
        }
        x = x + attention(shape, own, normed(x, own["input_layernorm.weight"]))
        x = x + feed_forward(own, normed(x, own["post_attention_layernorm.weight"]))
    table = weights["model.embed_tokens.weight" if shape.tied else "lm_head.weight"]
    logits: Array = normed(x, weights["model.norm.weight"]) @ table.T
    return logits


def as_stored(weight: Array) -> Array:
    return weight.astype(ml_dtypes.bfloat16).astype(np.float32)


def as_rows(x: NDArray[Any]) -> Array:
    return x.astype(np.float32)


def normed(x: Array, weight: Array) -> Array:
    scaled: Array = x / np.sqrt(np.mean(x * x, axis=-1, keepdims=True) + 1e-5) * weight
    return scaled


def feed_forward(own: dict[str, Array], x: Array) -> Array:
    gate = x @ own["mlp.gate_proj.weight"].T
    up = x @ own["mlp.up_proj.weight"].T
    activated: Array = (gate / (1 + np.exp(-gate)) * up).astype(np.float32)
    return as_rows(activated @ own["mlp.down_proj.weight"].T)


def attention(shape: Shape, own: dict[str, Array], x: Array) -> Array:
    length = len(x)
    queries, keys, values = (
        (x @ own[f"self_attn.{kind}_proj.weight"].T).reshape(length, -1, shape.head_size) for kind in "qkv"
    )
    queries, keys = rotated(shape, queries), rotated(shape, keys)
    group = shape.heads // shape.key_heads
    keys, values = np.repeat(keys, group, axis=1), np.repeat(values, group, axis=1)
    scores = np.einsum("qhd,khd->hqk", queries, keys) / np.sqrt(shape.head_size)
    scores = np.where(np.tril(np.ones((length, length), dtype=bool)), scores, -np.inf)
    shares = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares /= shares.sum(axis=-1, keepdims=True)
    mixed = np.einsum("hqk,khd->qhd", shares, values).astype(np.float32)
    return as_rows(mixed.reshape(length, -1) @ own["self_attn.o_proj.weight"].T)


def rotated(shape: Shape, x: Array) -> Array:
    """Turn each head by its position: pairs are the first and second half, as Hugging Face has them."""
    angles = np.outer(np.arange(len(x)), frequencies(shape))
    cos, sin = np.tile(np.cos(angles), 2)[:, None], np.tile(np.sin(angles), 2)[:, None]
    first, second = np.split(x, 2, axis=-1)
    turned: Array = (x * cos + np.concatenate([-second, first], axis=-1) * sin).astype(np.float32)
    return turned


def frequencies(shape: Shape) -> NDArray[np.float64]:
    plain: NDArray[np.float64] = shape.theta ** -(np.arange(0, shape.head_size, 2) / shape.head_size)
    scaling = shape.rope_scaling
    if scaling is None:
        return plain
    low, high = scaling["low_freq_factor"], scaling["high_freq_factor"]
    turns = scaling["original_max_position_embeddings"] * plain / (2 * np.pi)
    smooth = np.clip((turns - low) / (high - low), 0, 1)
    scaled: NDArray[np.float64] = plain * smooth + plain / scaling["factor"] * (1 - smooth)
    return scaled
