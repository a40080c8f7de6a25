"""The `model.bin` that CTranslate2's own code writes of some weights, and what stands in such a file."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from ctranslate2.specs import TransformerDecoderModelSpec
from ctranslate2.specs.common_spec import Activation

from botcore_llama.model_bin import TYPES
from tests.engine.tiny_llama import Array, Shape, as_stored


def write_official(folder: Path, shape: Shape, weights: dict[str, Array], quantization: str) -> Path:
    """Write what CTranslate2's converter writes, which needs transformers only to read a checkpoint."""
    numbers = {name: as_stored(weight) for name, weight in weights.items()}
    specification: Any = TransformerDecoderModelSpec.from_config(
        shape.layers,
        shape.heads,
        activation=Activation.SWISH,
        pre_norm=True,
        ffn_glu=True,
        rms_norm=True,
        rotary_dim=0,
        rotary_interleave=False,
        rotary_base=shape.theta,
        num_heads_kv=None if shape.key_heads == shape.heads else shape.key_heads,
    )
    decoder = specification.decoder
    decoder.scale_embeddings = False
    decoder.embeddings.weight = numbers["model.embed_tokens.weight"]
    decoder.layer_norm.gamma = numbers["model.norm.weight"]
    decoder.projection.weight = numbers["model.embed_tokens.weight" if shape.tied else "lm_head.weight"]
    for number, layer in enumerate(decoder.layer):
        own = {
            name.removeprefix(f"model.layers.{number}.").removesuffix(".weight"): weight
            for name, weight in numbers.items()
        }
        attention, ffn = layer.self_attention, layer.ffn
        attention.layer_norm.gamma = own["input_layernorm"]
        attention.linear[0].weight = np.concatenate([own[f"self_attn.{kind}_proj"] for kind in "qkv"])
        attention.linear[1].weight = own["self_attn.o_proj"]
        ffn.layer_norm.gamma = own["post_attention_layernorm"]
        ffn.linear_0.weight = own["mlp.gate_proj"]
        ffn.linear_0_noact.weight = own["mlp.up_proj"]
        ffn.linear_1.weight = own["mlp.down_proj"]
    specification.register_vocabulary([str(number) for number in range(shape.vocabulary)])
    specification.validate()
    specification.optimize(quantization)
    folder.mkdir()
    specification.save(str(folder))
    return folder / "model.bin"


def contents(path: Path) -> tuple[dict[str, tuple[str, tuple[int, ...], bytes]], dict[str, str]]:
    """Return the variables of a `model.bin` with their types, shapes and bytes, and its aliases."""
    with path.open("rb") as file:
        (_version,), _name, (_revision, count) = _numbers(file, "<I"), _string(file), _numbers(file, "<II")
        variables = dict(_variable(file) for _ in range(count))
        (count,) = _numbers(file, "<I")
        aliases = {_string(file): _string(file) for _ in range(count)}
        assert not file.read()
    return variables, aliases


def _variable(file: BinaryIO) -> tuple[str, tuple[str, tuple[int, ...], bytes]]:
    name, (rank,) = _string(file), _numbers(file, "<B")
    shape = tuple(_numbers(file, f"<{rank}I"))
    kind, size = _numbers(file, "<BI")
    return name, (TYPES[kind], shape, file.read(size))


def _numbers(file: BinaryIO, form: str) -> Iterator[int]:
    return iter(struct.unpack(form, file.read(struct.calcsize(form))))


def _string(file: BinaryIO) -> str:
    (length,) = _numbers(file, "<H")
    return file.read(length)[:-1].decode()
