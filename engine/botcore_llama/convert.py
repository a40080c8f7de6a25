"""Turns a Llama checkpoint into the directory that CTranslate2 runs.

Tensors are read, quantized and written in blocks of rows, so that memory does not grow with the
model. Names and settings are those of CTranslate2's own converter, except that the RoPE scaling of
Llama 3.1 is written whole, which that one forgets.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from botcore.errors import InputError, ModelError
from botcore_llama.checkpoint import Checkpoint, CheckpointConfig, open_checkpoint, read_config
from botcore_llama.model_files import METADATA
from botcore_llama.model_writer import Int8Weights, Scalar, Variable, Weights, write_model
from botcore_llama.tokenizer import Tokenizer

QUANTIZATIONS: Mapping[str, type[Weights] | type[Int8Weights]] = {"int8": Int8Weights, "float32": Weights}


SWISH = 2  # CTranslate2's number of the activation
LINEAR_SCALING, LLAMA3_SCALING = 0, 2  # and of the kinds of RoPE scaling


def convert(source: Path, output: Path, quantization: str = "int8") -> None:
    """Convert the checkpoint in `source` to a new directory `output`.

    Nothing half written is left under that name, whatever happens.
    """
    check_arguments(source, output, quantization)
    config = read_config(source)
    tokens = vocabulary(Tokenizer.load(source / "tokenizer.model"), config.vocab_size)
    partial = output.with_name(f".{output.name}.partial-{os.getpid()}")
    partial.mkdir(parents=True)
    try:
        write_weights(source, partial / "model.bin", config, quantization)
        write_json(partial / "vocabulary.json", tokens)
        write_json(partial / "config.json", description(config, quantization))
        copy_companions(source, partial)
        partial.rename(output)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def check_arguments(source: Path, output: Path, quantization: str) -> None:
    if quantization not in QUANTIZATIONS:
        raise InputError(f"Unknown quantization {quantization!r}. Use one of: {', '.join(QUANTIZATIONS)}.")
    if not source.is_dir():
        raise InputError(f"{source} is not a folder with a model.")
    if output.exists():
        raise InputError(f"{output} exists already. Remove it or choose another folder.")


def write_weights(source: Path, path: Path, config: CheckpointConfig, quantization: str) -> None:
    with open_checkpoint(source) as checkpoint, path.open("wb") as file:
        weights = network(checkpoint, config, QUANTIZATIONS[quantization])
        write_model(file, [*settings(config), *weights], aliases(config, quantization))
        file.flush()
        os.fsync(file.fileno())


def aliases(config: CheckpointConfig, quantization: str) -> dict[str, str]:
    """Return the names that share another's data: a tied output projection is the embedding table."""
    if not config.tie_word_embeddings:
        return {}
    names = ["weight", "weight_scale"] if quantization == "int8" else ["weight"]
    return {f"decoder/projection/{name}": f"decoder/embeddings/{name}" for name in names}


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
        for name, number in attention_settings(config).items():
            yield Scalar(f"decoder/layer_{layer}/self_attention/{name}", number)


def attention_settings(config: CheckpointConfig) -> dict[str, np.generic]:
    values: dict[str, np.generic] = {
        "rotary_dim": np.int32(0),  # all of a head is turned
        "rotary_interleave": np.int8(False),
        "rotary_base": np.float32(config.rope_theta),
    }
    if config.num_key_value_heads != config.num_attention_heads:
        values["num_heads_kv"] = np.int32(config.num_key_value_heads)
    if config.head_dim * config.num_attention_heads != config.hidden_size:
        values["head_dim"] = np.int32(config.head_dim)
    return values | scaling_settings(config)


def scaling_settings(config: CheckpointConfig) -> dict[str, np.generic]:
    rope: dict[str, Any] = config.rope_scaling or {}
    try:
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
    except KeyError as error:
        raise ModelError(f"config.json: its rope_scaling lacks {error}.") from error
    return {}


def network(
    checkpoint: Checkpoint, config: CheckpointConfig, quantized: type[Weights] | type[Int8Weights]
) -> Iterator[Variable]:
    """Yield every weight, under its name in CTranslate2."""
    table = (config.vocab_size, config.hidden_size)
    yield quantized("decoder/embeddings/weight", [checkpoint.tensor("model.embed_tokens.weight", table)])
    for layer in range(config.num_hidden_layers):
        yield from block(checkpoint, config, quantized, layer)
    norm = checkpoint.tensor("model.norm.weight", table[1:])
    yield Weights("decoder/layer_norm/gamma", [norm])
    if not config.tie_word_embeddings:
        yield quantized("decoder/projection/weight", [checkpoint.tensor("lm_head.weight", table)])


def block(
    checkpoint: Checkpoint, config: CheckpointConfig, quantized: type[Weights] | type[Int8Weights], layer: int
) -> Iterator[Variable]:
    for name, sources in block_weights(config).items():
        kind = Weights if name.endswith("gamma") else quantized
        tensors = [
            checkpoint.tensor(f"model.layers.{layer}.{source}.weight", shape)
            for source, shape in sources.items()
        ]
        yield kind(f"decoder/layer_{layer}/{name}", tensors)


def block_weights(config: CheckpointConfig) -> dict[str, dict[str, tuple[int, ...]]]:
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


def copy_companions(source: Path, folder: Path) -> None:
    for name in ("tokenizer.model", METADATA):
        if (source / name).is_file():
            shutil.copyfile(source / name, folder / name)


def vocabulary(tokenizer: Tokenizer, size: int) -> list[str]:
    """Return a name for each row of the embedding table, which may have more rows than tokens."""
    names = tokenizer.vocabulary()
    if len(names) > size:
        raise ModelError(
            f"The tokenizer does not fit: it has {len(names)} tokens, the model only {size}. "
            "Put the model's own tokenizer.model beside it."
        )
    return names + [f"<extra_id_{number}>" for number in range(size - len(names))]


def description(config: CheckpointConfig, quantization: str) -> dict[str, Any]:
    """Return the runtime's settings, and what people and the model server want to know."""
    return {
        "bos_token": "<|begin_of_text|>",
        "eos_token": "<|eot_id|>",
        "unk_token": "",
        "layer_norm_epsilon": config.rms_norm_eps,
        "multi_query_attention": config.num_key_value_heads != config.num_attention_heads,
        "context_tokens": config.max_position_embeddings,
        "quantization": quantization,
    }


def write_json(path: Path, data: object) -> None:
    path.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
