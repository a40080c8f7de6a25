"""Writes files as `torch.save` does, without torch, and a Llama as Meta lays it out."""

from __future__ import annotations

import json
import struct
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
from numpy.typing import NDArray

from tests.engine.tiny_llama import Array, Shape, write_tokenizer

STORAGES = {"bfloat16": "BFloat16Storage", "float16": "HalfStorage", "float32": "FloatStorage"}
ALIGNMENT = 64

# The instructions of a pickle that torch uses.
MARK, TUPLE, REDUCE, STOP, FALSE = b"(", b"t", b"R", b".", b"\x89"
EMPTY_DICT, SETITEMS, EMPTY_TUPLE, BY_ID = b"}", b"u", b")", b"Q"
PROTOCOL = b"\x80\x02"


def text(value: str) -> bytes:
    data = value.encode()
    return b"X" + struct.pack("<I", len(data)) + data


def number(value: int) -> bytes:
    data = value.to_bytes(8, "little", signed=True)
    return b"\x8a" + bytes([len(data)]) + data


def name(module: str, attribute: str) -> bytes:
    return f"c{module}\n{attribute}\n".encode()


ORDERED = name("collections", "OrderedDict")


def several(*items: bytes) -> bytes:
    return MARK + b"".join(items) + TUPLE


def call(function: bytes, *arguments: bytes) -> bytes:
    return function + several(*arguments) + REDUCE


def storage(key: str, kind: str, count: int) -> bytes:
    return several(text("storage"), name("torch", kind), text(key), text("cpu"), number(count)) + BY_ID


def tensor(
    stored: bytes, shape: Sequence[int], strides: Sequence[int] | None = None, offset: int = 0
) -> bytes:
    steps = strides or [int(np.prod(shape[place + 1 :])) for place in range(len(shape))]
    return call(
        name("torch._utils", "_rebuild_tensor_v2"),
        stored,
        number(offset),
        several(*map(number, shape)),
        several(*map(number, steps)),
        FALSE,
        call(ORDERED),
    )


GOOD = tensor(storage("0", "FloatStorage", 6), (2, 3))  # its numbers are the member data/0


def dictionary(entries: Mapping[str, bytes]) -> bytes:
    return EMPTY_DICT + MARK + b"".join(text(key) + value for key, value in entries.items()) + SETITEMS


def whole(body: bytes) -> bytes:
    return PROTOCOL + body + STOP


def save_torch(path: Path, tensors: Mapping[str, NDArray[Any]]) -> Path:
    """Write a dictionary of tensors, each with a storage of its own."""
    entries = {
        key: tensor(storage(str(place), STORAGES[value.dtype.name], value.size), value.shape)
        for place, (key, value) in enumerate(tensors.items())
    }
    members = {f"data/{place}": value.tobytes() for place, value in enumerate(tensors.values())}
    return save_archive(path, whole(dictionary(entries)), members)


def save_archive(path: Path, pickle: bytes, members: Mapping[str, bytes]) -> Path:
    """Write an archive whose members are aligned, as torch's: by a field that only their own headers have."""
    everything = {"data.pkl": pickle, "byteorder": b"little", **members, "version": b"3\n"}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for member, data in everything.items():
            info = zipfile.ZipInfo(f"{path.stem}/{member}")
            padding = -(archive.start_dir + 30 + len(info.filename) + 4) % ALIGNMENT
            info.extra = b"FB" + struct.pack("<H", padding) + b"Z" * padding
            archive.writestr(info, data)
            info.extra = b""
    return path


INNER = {
    "self_attn.q_proj": ("attention.wq", 0),
    "self_attn.k_proj": ("attention.wk", 0),
    "self_attn.v_proj": ("attention.wv", 0),
    "self_attn.o_proj": ("attention.wo", 1),
    "mlp.gate_proj": ("feed_forward.w1", 0),
    "mlp.down_proj": ("feed_forward.w2", 1),
    "mlp.up_proj": ("feed_forward.w3", 0),
    "input_layernorm": ("attention_norm", None),
    "post_attention_layernorm": ("ffn_norm", None),
}
OUTER = {
    "model.embed_tokens": ("tok_embeddings", 0),
    "model.norm": ("norm", None),
    "lm_head": ("output", 0),
}


def meta_place(key: str) -> tuple[str, int | None]:
    """Return Meta's name of a tensor, and the axis along which it is cut into files."""
    stem = key.removesuffix(".weight")
    if stem in OUTER:
        return f"{OUTER[stem][0]}.weight", OUTER[stem][1]
    _, _, layer, inner = stem.split(".", 3)
    renamed, axis = INNER[inner]
    return f"layers.{layer}.{renamed}.weight", axis


def paired(weight: NDArray[Any], head_size: int) -> NDArray[Any]:
    """Bring the two rows of a head that RoPE turns together beside each other, as Meta has them."""
    heads = weight.reshape(-1, 2, head_size // 2, weight.shape[-1])
    return heads.swapaxes(1, 2).reshape(weight.shape)


def meta_parameters(shape: Shape, **changes: Any) -> dict[str, Any]:
    return {
        "dim": shape.hidden,
        "n_layers": shape.layers,
        "n_heads": shape.heads,
        "n_kv_heads": shape.key_heads,
        "vocab_size": shape.vocabulary,
        "multiple_of": shape.inner,  # the least multiple is the size itself
        "norm_eps": 1e-5,
        "rope_theta": shape.theta,
        "use_scaled_rope": shape.rope_scaling is not None,
    } | changes


def save_meta(
    folder: Path,
    shape: Shape,
    weights: Mapping[str, Array],
    shards: int = 1,
    dtype: Any = ml_dtypes.bfloat16,
    **parameters: Any,
) -> Path:
    """Write the folder; a tied model holds its table twice, as Llama 3.2's does."""
    folder.mkdir(parents=True)
    (folder / "params.json").write_text(json.dumps(meta_parameters(shape, **parameters)))
    write_tokenizer(folder)
    everything = {"lm_head.weight": weights["model.embed_tokens.weight"], **weights}
    parts: list[dict[str, NDArray[Any]]] = [{} for _ in range(shards)]
    for key, weight in everything.items():
        renamed, axis = meta_place(key)
        turned = key.endswith(("q_proj.weight", "k_proj.weight"))
        value = (paired(weight, shape.head_size) if turned else weight).astype(dtype)
        pieces = [value] * shards if axis is None else np.split(value, shards, axis)
        for part, piece in zip(parts, pieces, strict=True):
            part[renamed] = np.ascontiguousarray(piece)
    for place, part in enumerate(parts):
        save_torch(folder / f"consolidated.{place:02}.pth", part)
    return folder
