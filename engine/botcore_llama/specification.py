"""A Llama network in CTranslate2's words: the names and settings of its own converter.

The RoPE scaling of Llama 3.1 is written whole, with its factor and the original context, which that
one forgets: its runtime then turns the heads of such a model as if they had no scaling.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from botcore_llama.checkpoint import Checkpoint, CheckpointConfig
from botcore_llama.model_writer import Scalar, Stack
from botcore_llama.quantization import Quantization

SWISH = 2  # CTranslate2's number of the activation
LINEAR_SCALING, LLAMA3_SCALING = 0, 2  # and of the kinds of RoPE scaling


def settings(config: CheckpointConfig) -> Iterator[Scalar]:
    """Yield the variables that are no weights."""
    flags = {"pre_norm": True, "scale_embeddings": False, "start_from_zero_embedding": False}
    flags |= {"alibi": False, "alibi_use_positive_positions": False, "scale_alibi": False}
    for name, value in flags.items():
        yield Scalar(f"decoder/{name}", np.int8(value))
    yield Scalar("decoder/activation", np.int8(SWISH))
    yield Scalar("decoder/num_heads", np.int16(config.num_attention_heads))
    yield Scalar("decoder/alignment_heads", np.int16(1))
    yield Scalar("decoder/alignment_layer", np.int16(-1))
    for layer in range(config.num_hidden_layers):
        for name, number in _attention_settings(config).items():
            yield Scalar(f"decoder/layer_{layer}/self_attention/{name}", number)


def _attention_settings(config: CheckpointConfig) -> dict[str, np.generic]:
    values: dict[str, np.generic] = {
        "rotary_dim": np.int32(0),  # all of a head is turned
        "rotary_interleave": np.int8(False),
        "rotary_base": np.float32(config.rope_theta),
    }
    if config.num_key_value_heads != config.num_attention_heads:
        values["num_heads_kv"] = np.int32(config.num_key_value_heads)
    if config.head_dim * config.num_attention_heads != config.hidden_size:
        values["head_dim"] = np.int32(config.head_dim)
    return values | _scaling_settings(config)


def _scaling_settings(config: CheckpointConfig) -> dict[str, np.generic]:
    rope: dict[str, Any] = config.rope_scaling or {}
    if config.rope_type == "linear":
        return {
            "rotary_scaling_type": np.int8(LINEAR_SCALING),
            "rotary_scaling_factor": np.float32(rope["factor"]),
        }
    if config.rope_type == "llama3":
        return {
            "rotary_scaling_type": np.int8(LLAMA3_SCALING),
            "rotary_scaling_factor": np.float32(rope["factor"]),
            "rotary_low_freq_factor": np.float32(rope["low_freq_factor"]),
            "rotary_high_freq_factor": np.float32(rope["high_freq_factor"]),
            "original_max_position_embeddings": np.int32(rope["original_max_position_embeddings"]),
        }
    return {}


def network(checkpoint: Checkpoint, quantization: Quantization) -> Iterator[Stack]:
    """Yield every weight under its name in CTranslate2.

    Raises `ModelError` when the checkpoint lacks one, or has it in another shape.
    """
    config = checkpoint.config
    table = (config.vocab_size, config.hidden_size)
    yield _stack(checkpoint, quantization, "decoder/embeddings/weight", {"model.embed_tokens": table})
    for layer in range(config.num_hidden_layers):
        for name, sources in _layer(config).items():
            whole = {f"model.layers.{layer}.{source}": shape for source, shape in sources.items()}
            yield _stack(checkpoint, quantization, f"decoder/layer_{layer}/{name}", whole)
    yield _stack(checkpoint, quantization, "decoder/layer_norm/gamma", {"model.norm": table[1:]})
    if not config.tie_word_embeddings:
        yield _stack(checkpoint, quantization, "decoder/projection/weight", {"lm_head": table})


def _stack(
    checkpoint: Checkpoint, quantization: Quantization, name: str, sources: dict[str, tuple[int, ...]]
) -> Stack:
    tensors = [checkpoint.tensor(f"{source}.weight", shape) for source, shape in sources.items()]
    return Stack(name, tensors, quantization.vectors if name.endswith("gamma") else quantization.matrices)


def _layer(config: CheckpointConfig) -> dict[str, dict[str, tuple[int, ...]]]:
    """Return, for each weight of a layer, the tensors it is stacked from with their shapes."""
    hidden, inner = config.hidden_size, config.intermediate_size
    queries = config.num_attention_heads * config.head_dim
    keys = config.num_key_value_heads * config.head_dim
    return {
        "self_attention/layer_norm/gamma": {"input_layernorm": (hidden,)},
        "self_attention/linear_0/weight": {
            "self_attn.q_proj": (queries, hidden),
            "self_attn.k_proj": (keys, hidden),
            "self_attn.v_proj": (keys, hidden),
        },
        "self_attention/linear_1/weight": {"self_attn.o_proj": (hidden, queries)},
        "ffn/layer_norm/gamma": {"post_attention_layernorm": (hidden,)},
        "ffn/linear_0/weight": {"mlp.gate_proj": (inner, hidden)},
        "ffn/linear_0_noact/weight": {"mlp.up_proj": (inner, hidden)},
        "ffn/linear_1/weight": {"mlp.down_proj": (hidden, inner)},
    }


def aliases(config: CheckpointConfig) -> dict[str, str]:
    """Return the names that share another's data: a tied output projection is the embedding table.

    The runtime takes the scales of such a variable along by itself.
    """
    return {"decoder/projection/weight": "decoder/embeddings/weight"} if config.tie_word_embeddings else {}
