"""Models of any size whose numbers are holes in their files: they take no room."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from botcore_llama.checkpoint.safetensors_layout import INDEX
from tests.engine.tiny_llama import Shape
from tests.engine.torch_writer import dictionary, meta_parameters, meta_place, storage, tensor, whole

LLAMA_70B = Shape(
    hidden=8192, inner=28672, layers=80, heads=64, key_heads=8, head_size=128, vocabulary=128256, tied=False
)


def save_sparse(folder: Path, shape: Shape, files: int) -> Path:
    """Write headers as of a real model, each before a hole of its data's size."""
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(shape.config()))
    parts: list[dict[str, Any]] = [{} for _ in range(files)]
    ends = [0] * files
    for place, (name, size) in enumerate(tensor_shapes(shape).items()):
        part = place % files
        end = ends[part] + 2 * int(np.prod(size, dtype=np.int64))
        parts[part][name] = {"dtype": "BF16", "shape": size, "data_offsets": [ends[part], end]}
        ends[part] = end
    where: dict[str, str] = {}
    for number, (part_, end) in enumerate(zip(parts, ends, strict=True), start=1):
        path = folder / f"model-{number:05}-of-{files:05}.safetensors"
        header = json.dumps(part_).encode()
        header += b" " * (-len(header) % 8)
        with path.open("wb") as file:
            file.write(len(header).to_bytes(8, "little") + header)
            file.truncate(8 + len(header) + end)
        where |= dict.fromkeys(part_, path.name)
    (folder / INDEX).write_text(json.dumps({"weight_map": where}))
    return folder


def tensor_shapes(shape: Shape) -> dict[str, list[int]]:
    table, keys = [shape.vocabulary, shape.hidden], shape.key_heads * shape.head_size
    shapes = {"model.embed_tokens": table, "lm_head": table, "model.norm": [shape.hidden]}
    for layer in range(shape.layers):
        shapes |= {
            f"model.layers.{layer}.{name}": size
            for name, size in {
                "input_layernorm": [shape.hidden],
                "post_attention_layernorm": [shape.hidden],
                "self_attn.q_proj": [shape.heads * shape.head_size, shape.hidden],
                "self_attn.k_proj": [keys, shape.hidden],
                "self_attn.v_proj": [keys, shape.hidden],
                "self_attn.o_proj": [shape.hidden, shape.heads * shape.head_size],
                "mlp.gate_proj": [shape.inner, shape.hidden],
                "mlp.up_proj": [shape.inner, shape.hidden],
                "mlp.down_proj": [shape.hidden, shape.inner],
            }.items()
        }
    return {f"{name}.weight": size for name, size in shapes.items()}


def save_sparse_meta(folder: Path, shape: Shape, shards: int) -> Path:
    """Write the same in Meta's layout; each file is an archive with members of more than 4 GiB."""
    folder.mkdir()
    (folder / "params.json").write_text(json.dumps(meta_parameters(shape)))
    entries, sizes = {}, {}
    for place, (key, size) in enumerate(tensor_shapes(shape).items()):
        renamed, axis = meta_place(key)
        size = [*size]
        if axis is not None:
            size[axis] //= shards
        count = int(np.prod(size, dtype=np.int64))
        entries[renamed] = tensor(storage(str(place), "BFloat16Storage", count), size)
        sizes[f"consolidated/data/{place}"] = 2 * count
    for number in range(shards):
        with zipfile.ZipFile(folder / f"consolidated.{number:02}.pth", "w") as archive:
            archive.writestr("consolidated/data.pkl", whole(dictionary(entries)))
            for member, length in sizes.items():
                add_hole(archive, member, length)
    return folder


def add_hole(archive: Any, member: str, size: int) -> None:
    """Add a member of which nothing but the header is written."""
    info = zipfile.ZipInfo(member)
    info.header_offset, info.file_size, info.compress_size, info.CRC = archive.start_dir, size, size, 0
    archive.fp.seek(archive.start_dir)
    archive.fp.write(info.FileHeader(zip64=size >= 2**31))
    archive.start_dir = archive.fp.tell() + size
    archive.filelist.append(info)
    archive.NameToInfo[member] = info
