"""The layout in which Meta publishes: `consolidated.*.pth` and `params.json`.

A large model comes in as many files as it was trained on in parallel, each with a part of every matrix:
rows where fairscale has a ColumnParallelLinear or VocabParallelEmbedding, columns where it has a
RowParallelLinear (`models/llama3/model.py` of github.com/meta-llama/llama-models). Norms are in each.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Final

import numpy as np

from botcore.errors import ModelError
from botcore_llama.checkpoint.joined_tensors import side_by_side, split_heads, stacked
from botcore_llama.checkpoint.meta_config import PARAMETERS, MetaParameters, as_config, read_parameters
from botcore_llama.checkpoint.opened import Contents
from botcore_llama.checkpoint.pth_file import read_pth
from botcore_llama.checkpoint.tensors import NUMPY_TYPES, StoredTensor, Tensor, WeightsFile

FILES: Final = re.compile(r"consolidated\.(\d\d)\.pth")
LAYER: Final = re.compile(r"layers\.(\d+)\.(.+)\.weight")
EMBEDDINGS, OUTPUT, QUERIES = "tok_embeddings.weight", "output.weight", "layers.0.attention.wq.weight"

ROWS, COLUMNS, SAME = "rows", "columns", "same"  # what each file has of a tensor
OUTER: Final = {
    EMBEDDINGS: ("model.embed_tokens.weight", ROWS),
    "norm.weight": ("model.norm.weight", SAME),
    OUTPUT: ("lm_head.weight", ROWS),
}
INNER: Final = {
    "attention.wq": ("self_attn.q_proj", ROWS),
    "attention.wk": ("self_attn.k_proj", ROWS),
    "attention.wv": ("self_attn.v_proj", ROWS),
    "attention.wo": ("self_attn.o_proj", COLUMNS),
    "feed_forward.w1": ("mlp.gate_proj", ROWS),
    "feed_forward.w2": ("mlp.down_proj", COLUMNS),
    "feed_forward.w3": ("mlp.up_proj", ROWS),
    "attention_norm": ("input_layernorm", SAME),
    "ffn_norm": ("post_attention_layernorm", SAME),
}
TURNED: Final = ("attention.wq.weight", "attention.wk.weight")  # by RoPE

SAMPLES = 16  # rows that are compared before two tables are compared whole
COMPARED_VALUES = 1 << 20  # at a time


def is_meta_layout(folder: Path) -> bool:
    """Tell whether the weights are there as Meta publishes them, and in no safer form."""
    return bool(present_files(folder)) and not any(folder.glob("*.safetensors"))


def present_files(folder: Path) -> list[Path]:
    """Return the weights' files in order."""
    found = (path for path in folder.glob("consolidated.*.pth") if FILES.fullmatch(path.name))
    return sorted(path for path in found if path.is_file())


def open_meta(folder: Path, files: ExitStack) -> Contents:
    """Read what the files hold, under Hugging Face's names and in its order; `files` closes them."""
    parameters = read_parameters(folder)
    paths = shard_paths(folder)
    shards = [read_pth(files.enter_context(closing(WeightsFile(path)))) for path in paths]
    check_count(folder, parameters, shards)
    tensors = {}
    for name in shards[0]:
        place = _place(name)
        if place:
            tensors[place[0]] = _joined(name, place, shards, parameters)
    config = as_config(parameters, tied=is_tied(tensors))
    return Contents("Meta's", PARAMETERS, config, tensors, paths)


def shard_paths(folder: Path) -> list[Path]:
    """Return the files in order, and see that none between them is missing."""
    found = present_files(folder)
    wanted = [folder / f"consolidated.{number:02}.pth" for number in range(int(found[-1].name[13:15]) + 1)]
    missing = [path.name for path in wanted if path not in found]
    if missing:
        raise ModelError(f"{folder} is incomplete: {', '.join(missing)} is missing. Get it again.")
    return found


def check_count(
    folder: Path, parameters: MetaParameters, shards: Sequence[Mapping[str, StoredTensor]]
) -> None:
    """See by the height of one matrix that there are as many files as its parts."""
    part = shards[0].get(QUERIES)
    if part is None or not part.shape:
        raise ModelError(f"{folder} has no tensor {QUERIES}: it is no Llama 3 as Meta lays it out.")
    wanted, rest = divmod(parameters.dim, max(1, part.shape[0]))
    if not rest and wanted > len(shards):
        missing = ", ".join(f"consolidated.{number:02}.pth" for number in range(len(shards), wanted))
        raise ModelError(f"{folder} is incomplete: {missing} is missing. Get it again.")
    if rest or wanted != len(shards):
        raise ModelError(
            f"{folder}: {QUERIES} has {part.shape[0]} rows in each of {len(shards)} files, "
            f"but params.json says {parameters.dim} in all. These files do not belong together."
        )


def _place(name: str) -> tuple[str, str] | None:
    """Return a tensor's name at Hugging Face, and what of it each file has."""
    layer = LAYER.fullmatch(name)
    if not layer or layer[2] not in INNER:
        return OUTER.get(name)
    renamed, share = INNER[layer[2]]
    return f"model.layers.{layer[1]}.{renamed}.weight", share


def _joined(
    name: str,
    place: tuple[str, str],
    shards: Sequence[Mapping[str, StoredTensor]],
    parameters: MetaParameters,
) -> Tensor:
    renamed, share = place
    parts = [shard[name] for shard in shards if name in shard]
    if len(parts) < len(shards):
        raise ModelError(f"{name} is not in all of the files consolidated.*.pth. Get the model again.")
    if share == SAME:
        return parts[0]
    tensor = side_by_side(name, parts) if share == COLUMNS else stacked(name, parts)
    if name.endswith(TURNED):
        return split_heads(renamed, tensor, parameters.dim // parameters.n_heads)
    return tensor


def is_tied(tensors: Mapping[str, Tensor]) -> bool:
    """Tell whether the output projection is the embedding table.

    Llama 3.2 1B and 3B have one table for both, but Meta's files hold it twice, and params.json does
    not say. A few rows show nearly always that two tables differ; only two that agree there are compared
    whole. Rows of nothing but zeros tell nothing, as in a file whose data is not there yet.
    """
    table, output = (tensors.get(OUTER[name][0]) for name in (EMBEDDINGS, OUTPUT))
    if output is None:
        return True
    if table is None or table.shape != output.shape or len(table.shape) != 2:
        return False
    if not {table.stored_type, output.stored_type} <= NUMPY_TYPES.keys():
        return False
    places = {int(place) for place in np.linspace(0, table.shape[0] - 1, SAMPLES)}
    samples = [(table.rows(at, at + 1), output.rows(at, at + 1)) for at in sorted(places)]
    if not all(np.array_equal(a, b) for a, b in samples) or not any(a.any() for a, _ in samples):
        return False
    pairs = zip(table.blocks(COMPARED_VALUES), output.blocks(COMPARED_VALUES), strict=True)
    return all(np.array_equal(a, b) for a, b in pairs)
